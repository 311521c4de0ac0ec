// Outlives a parent that was killed without a chance to clean up. The parent writes what it has started to our stdin; when that
// closes, whatever is still named there is stopped: first in, last out.
//
//   watch PID | forget PID | remove FOLDER
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const graceMs = 10_000;
const pids = new Set();
const folders = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [, verb, what] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (verb === 'watch') pids.add(Number(what));
    if (verb === 'forget') pids.delete(Number(what));
    if (verb === 'remove') folders.add(what);
  })
  .on('close', () => void cleanUp());

async function cleanUp() {
  for (const pid of [...pids].reverse()) await stop(pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function stop(pid) {
  send(pid, 'SIGTERM');
  const end = Date.now() + graceMs;
  while (isAlive(pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  send(pid, 'SIGKILL');
}

/** What has ended but was not yet collected by its new parent (a zombie) still takes signals. */
function isAlive(pid) {
  if (!send(pid, 0)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
