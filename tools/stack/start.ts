// npm start: everything on this machine, until Ctrl-C.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StackError, UsageError } from '@quadrille/process/errors';
import { sourceOf } from '@quadrille/process/settings/source';
import { stopAllDaemons } from './child.ts';
import { describeStack } from './describe.ts';
import { forTerminal } from './errors.ts';
import { copyWith, layExamples, takeExamples } from './examples.ts';
import { runInCopy } from './handover.ts';
import { onEnd } from './lifeline.ts';
import { isAlive, lockFolder } from './lock.ts';
import { until } from './ports.ts';
import { createPrettyPrinter } from './pretty.ts';
import { processNames } from './process-env.ts';
import { root } from './root.ts';
import { type Stack, startStack } from './stack.ts';
import { dataFolder, readLeftStackFile, removeStackFile, writeStackFile } from './stack-file.ts';
import { parseStartArguments, startUsage } from './start-arguments.ts';
import { envForProcesses, readStartSettings } from './start-settings.ts';
import { supervise } from './supervise.ts';

const log = (line: string) => console.log(line);
let unlock = () => {};
let stack: Stack | undefined;
let stopping = false;

try {
  const { names, rest } = takeExamples(process.argv.slice(2));
  await (names.length > 0 ? startWith(names, rest) : start(rest));
} catch (error) {
  // An end in the middle of the start makes it fail: that is not worth a word.
  if (!stopping) {
    console.error(forTerminal(error));
    leave(error instanceof UsageError ? 2 : 1);
  }
}

function leave(code: number): never {
  if (stack) removeStackFile(dataFolder());
  unlock();
  process.exit(code);
}

/** The services of the examples join in a copy of the repository; its stack has the data folder of this one. */
async function startWith(names: readonly string[], args: readonly string[]): Promise<void> {
  const dir = resolve(dataFolder());
  const copy = copyWith(dir, names);
  // A stack that runs may run from there.
  unlock = lockFolder(dir);
  log(`With ${names.join(', ')}: in ${copy}`);
  layExamples(names, copy);
  unlock();
  process.exit(await runInCopy(copy, 'tools/stack/start.ts', args, dir));
}

async function start(args: string[]): Promise<void> {
  onEnd(async (reason) => {
    stopping = true;
    log(`\nStopping (${reason})`);
    await (stack ? stack.stop() : stopAllDaemons());
    leave(stack ? 0 : 130);
  });
  const { fresh, quiet, help, printConfig, without, brokers: brokerCount } = parseStartArguments(args);
  if (help) {
    log(startUsage);
    return;
  }
  const source = sourceOf();
  const settings = readStartSettings(source);
  if (printConfig) {
    // Loaded for this alone: it knows all processes.
    process.stdout.write(await (await import('./print-config.ts')).printConfig(source));
    return;
  }
  const began = Date.now();
  const dir = dataFolder();
  unlock = lockFolder(dir);
  await waitForLeftovers(dir);
  if (fresh)
    for (const name of ['kafka', 'mysql', 'logs', 'credentials.json'])
      rmSync(join(dir, name), { recursive: true, force: true });

  const env = envForProcesses(source);
  const processes = processNames.filter((name) => !without.includes(name));
  const onLine = createPrettyPrinter({ quiet });
  const { brokers, replication, mysqlUrl, gateway, console: consolePort } = settings;
  stack = await startStack({
    ...{ dir, processes, env, brokerCount, log, onLine },
    ports: { gateway, console: consolePort },
    given: {
      DATABASE_SERVER: process.env.DATABASE_SERVER,
      KAFKA_BROKERS: brokers?.join(','),
      KAFKA_REPLICATION: replication?.toString(),
      MYSQL_URL: mysqlUrl,
    },
  });
  const running = stack;
  const write = () => writeStackFile(dir, describeForOthers(running, env));
  write();
  log(describeStack(running, without, Date.now() - began));
  supervise(running, { isStopping: () => stopping, log, onRestart: write });
}

/** A stack that was killed leaves its servers to the guard, which takes a moment to stop them. */
async function waitForLeftovers(dir: string): Promise<void> {
  const left = readLeftStackFile(dir);
  const pids = left ? [...Object.values(left.pids), ...Object.values(left.serverPids)].filter(isAlive) : [];
  if (pids.length > 0) {
    log('Waiting for the rest of the stack before to end');
    const all = () => !pids.some(isAlive);
    await until(all, AbortSignal.timeout(40_000), 100).catch(() => {
      throw new StackError(
        `Processes of the stack before still run on ${dir}: stop them (${pids.filter(isAlive).join(', ')}) and try again.`,
      );
    });
  }
  removeStackFile(dir);
}

function describeForOthers({ brokers, mysqlUrl, ports, processes, servers }: Stack, env: Record<string, string>) {
  const pids = Object.fromEntries([...processes].map(([name, { pid }]) => [name, pid]));
  const serverPids = Object.fromEntries(servers.own.map(({ name, pid }) => [name, pid()]));
  return { pid: process.pid, root, brokers, mysqlUrl, ports, env, pids, serverPids };
}
