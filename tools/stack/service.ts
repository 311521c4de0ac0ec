// npm run service -- NAME: one process alone, in the foreground, against the stack of npm start.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StackError, UsageError } from '@quadrille/process/errors';
import { stopAllDaemons } from './child.ts';
import { readCredentials } from './credentials.ts';
import { forTerminal, PortTakenError } from './errors.ts';
import { rootOfStack, runInCopy } from './handover.ts';
import { onEnd } from './lifeline.ts';
import { isAlive } from './lock.ts';
import { createPrettyPrinter } from './pretty.ts';
import { entries, type ProcessName, processEnv } from './process-env.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { root } from './root.ts';
import { dataFolder, readStackFile, type StackFile } from './stack-file.ts';
import { parseProcessName } from './start-arguments.ts';

let stopping = false;

try {
  const dir = resolve(dataFolder());
  const copy = rootOfStack(dir);
  const args = process.argv.slice(2);
  process.exitCode = await (copy === root
    ? runAlone(parseArguments(args))
    : runInCopy(copy, 'tools/stack/service.ts', args, dir));
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
  onEnd(async () => {
    stopping = true;
    await stopAllDaemons();
    process.exit(0);
  });
  const dir = dataFolder();
  const stack = readStackFile(dir);
  if (!stack)
    throw new StackError(`No stack is running on ${dir}: start one first with npm start (-- --without ${name}).`);
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const logFile = join(logs, `${name}-${process.pid}.log`);
  const { running, port } = await startWhereFound(name, stack, (port) =>
    startProcess({
      name,
      entry: entries[name],
      env: processEnv(name, {
        ...stack,
        credentials: readCredentials(dir),
        ports: { ...stack.ports, [name]: port },
      }),
      logFile,
      onLine: createPrettyPrinter({ quiet: false }),
    }),
  );
  await running.ready;
  console.log(`${name} is ready (process ${running.pid}, http://localhost:${port}, log ${logFile}). Ctrl-C stops it.`);
  const { code, signal } = await running.exited;
  if (!stopping) console.error(`${name} ended unexpectedly (${signal ?? `code ${code}`}).`);
  return stopping ? 0 : (code ?? 1);
}

/** On the port where the others look for it; if that is taken, on any. Of order and gateway there can be only one. */
async function startWhereFound(
  name: ProcessName,
  { ports, pids }: StackFile,
  start: (port: number) => Promise<RunningProcess>,
): Promise<{ running: RunningProcess; port: number }> {
  const known = ports[name];
  const isOnlyOne = name === 'order' || name === 'gateway';
  const taken = () =>
    new UsageError(
      `${name} runs already on port ${known}, where the others look for it: start the stack with npm start -- --without ${name} to run it alone.`,
    );
  const pid = pids[name];
  const runsInStack = pid !== undefined && isAlive(pid);
  if (runsInStack && isOnlyOne) throw taken();
  const startOn = async (wanted: number) => {
    const running = await start(wanted);
    return { running, port: await running.listening };
  };
  if (runsInStack) return startOn(0);
  try {
    return await startOn(known);
  } catch (error) {
    if (!(error instanceof PortTakenError)) throw error;
    if (isOnlyOne) throw taken();
    return startOn(0);
  }
}
