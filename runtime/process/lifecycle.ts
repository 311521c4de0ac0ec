import { StackError } from './errors.ts';
import { PortTaken, portTakenCode } from './listen.ts';
import { createLog, type Log } from './log.ts';
import { SettingsError } from './settings/error.ts';
import { readSettings } from './settings/read.ts';
import type { Settings, ValuesOf } from './settings/setting.ts';
import { tree } from './settings/tree.ts';
import { startTracing, type TracingSettings } from './tracing/start.ts';

/** A supervisor waits this long after SIGTERM before it kills. */
const stopWithin = 10_000;

export type Lifecycle = {
  readonly log: Log;
  /** Registers what to do at the end; the steps run one after the other, the last registered first. */
  readonly onStop: (name: string, step: () => Promise<void> | void) => void;
  /** Something this process cannot live without is broken: log it, stop in order, exit 1, and let the supervisor start anew. */
  readonly fail: (error: unknown) => void;
};

/** What every process reads, beside its own settings. */
export const processSettings = { level: tree.log.level, tracing: tree.tracing };

/**
 * Runs a process from its start to SIGTERM or SIGINT. An uncaught error ends it: a process in an unknown state must not go on.
 * @param wanted the settings that it reads; if any is wrong, it ends at once and says all that is
 */
export const runProcess = <Wanted extends Settings>(
  service: string,
  wanted: Wanted,
  start: (settings: ValuesOf<Wanted>, lifecycle: Lifecycle) => Promise<void>,
): void => {
  const read = readAll(wanted);
  const log = createLog(service, read.level);
  const steps: { name: string; step: () => Promise<void> | void }[] = [];
  let stopping = false;

  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      log.error({ waitingFor: steps.at(-1)?.name }, 'stopping took too long, leaving at once');
      log.flush(() => process.exit(1));
    }, stopWithin).unref();
    for (let next = steps.at(-1); next; steps.pop(), next = steps.at(-1)) {
      try {
        await next.step();
      } catch (error) {
        log.error({ err: error }, `stopping ${next.name} failed`);
      }
    }
    log.info('stopped');
    log.flush(() => process.exit(code));
  };

  const fail = (error: unknown) => {
    if (error instanceof SettingsError || error instanceof StackError || error instanceof PortTaken)
      log.fatal(error.message);
    else log.fatal({ err: error }, 'fatal');
    void stop(error instanceof PortTaken ? portTakenCode : 1);
  };

  process.once('SIGTERM', () => void stop(0));
  process.once('SIGINT', () => void stop(0));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // When the terminal is gone, the log cannot be written. That is no reason to stop serving orders.
  process.stdout.on('error', () => {});
  const onStop: Lifecycle['onStop'] = (name, step) => steps.push({ name, step });
  const begin = async (settings: ValuesOf<Wanted>, tracing: TracingSettings) => {
    // First, so that it ends last: the other steps have spans, too.
    onStop('traces', await startTracing(service, tracing, log));
    await start(settings, { log, onStop, fail });
  };
  if ('error' in read) fail(read.error);
  else begin(read.settings, read.tracing).catch(fail);
};

/** An error is kept for the log, which needs a level first. */
const readAll = <Wanted extends Settings>(wanted: Wanted) => {
  try {
    const { process, own } = readSettings({ process: processSettings, own: wanted });
    return { ...process, settings: own as ValuesOf<Wanted> };
  } catch (error) {
    return { level: 'info', error };
  }
};
