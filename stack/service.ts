// npm run service -- NAME: one process alone, in the foreground, against the stack of npm start.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAllDaemons } from './child.ts';
import { readCredentials } from './credentials.ts';
import { forTerminal, StackError, UsageError } from './errors.ts';
import { onEnd } from './lifeline.ts';
import { isAlive } from './lock.ts';
import { isFree, pickPort } from './ports.ts';
import { createPrettyPrinter } from './pretty.ts';
import { entries, type ProcessName, processEnv } from './process-env.ts';
import { startProcess } from './processes.ts';
import { dataFolder, readStackFile, type StackFile } from './stack-file.ts';
import { parseProcessName } from './start-arguments.ts';

let stopping = false;

onEnd(async () => {
  stopping = true;
  await stopAllDaemons();
  process.exit(0);
});

try {
  process.exitCode = await runAlone(parseArguments(process.argv.slice(2)));
} catch (error) {
  console.error(forTerminal(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function parseArguments(args: string[]): ProcessName {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0)
    throw new UsageError('Name one process, for example: npm run service -- stock.');
  return parseProcessName(name);
}

async function runAlone(name: ProcessName): Promise<number> {
  const dir = dataFolder();
  const stack = readStackFile(dir);
  if (!stack)
    throw new StackError(`No stack is running on ${dir}: start one first with npm start (-- --without ${name}).`);
  const port = await choosePort(name, stack);
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const env = processEnv(name, {
    ...stack,
    credentials: readCredentials(dir),
    ports: { ...stack.ports, [name]: port },
  });
  const logFile = join(logs, `${name}-${port}.log`);
  const running = await startProcess({
    name,
    entry: entries[name],
    env,
    port,
    logFile,
    onLine: createPrettyPrinter({ quiet: false }),
  });
  await running.ready;
  console.log(`${name} is ready (process ${running.pid}, http://localhost:${port}, log ${logFile}). Ctrl-C stops it.`);
  const { code, signal } = await running.exited;
  if (!stopping) console.error(`${name} ended unexpectedly (${signal ?? `code ${code}`}).`);
  return stopping ? 0 : (code ?? 1);
}

/** Others look for the order service and the gateway at a known port: there can be only one of each. */
async function choosePort(name: ProcessName, { ports, pids }: StackFile): Promise<number> {
  if (name !== 'order' && name !== 'gateway') return pickPort(ports[name]);
  const pid = pids[name];
  if ((pid !== undefined && isAlive(pid)) || !(await isFree(ports[name]))) {
    throw new UsageError(
      `${name} runs already on port ${ports[name]}, where the others look for it: start the stack with npm start -- --without ${name} to run it alone.`,
    );
  }
  return ports[name];
}
