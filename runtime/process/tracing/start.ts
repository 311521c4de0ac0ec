import type { Log } from '../log.ts';
import { within } from '../within.ts';
import { recordBy } from './recorder.ts';

/** What `tracing` in quadrille.yaml says. */
export type TracingSettings = { readonly endpoint: string | undefined; readonly sampling: number };

/** A collector that does not answer holds the end of a process so long (ms) at most. */
const flushWithin = 2_000;

/**
 * Records and exports the spans of this process from now on, if there is an endpoint for them.
 * @returns ends that: exports what was recorded, if the collector takes it
 */
export const startTracing = async (
  service: string,
  { endpoint, sampling }: TracingSettings,
  log: Pick<Log, 'warn' | 'info'>,
): Promise<() => Promise<void>> => {
  if (endpoint === undefined) return async () => {};
  // Loaded only here: it would cost every process memory and time at its start.
  const { startExport } = await import('./otlp.ts');
  const { record, stop } = await startExport(service, endpoint, log);
  recordBy(record, sampling);
  return async () => {
    recordBy(null);
    // Whoever is told of it can do nothing: the line that the collector is away is written already.
    await within(flushWithin, stop(), 'the collector').catch(() => {});
  };
};
