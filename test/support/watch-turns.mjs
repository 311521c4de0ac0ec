// Preloaded into a process (--import): writes down the longest times that its thread computed between two turns of the event loop.
// Computed, not waited: so it says nothing about how busy the machine is.
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.LONGEST_TURN_FILE;
if (file && isMainThread) {
  let before = process.threadCpuUsage();
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    const ms = (user + system) / 1_000;
    if (ms > 50) appendFileSync(file, `${JSON.stringify({ at: Date.now(), ms, main: process.argv[1] })}\n`);
  }, 10).unref();
}
