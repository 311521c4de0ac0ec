import { type Load, overloaded } from '@quadrille/process/load';
import type { Log } from '@quadrille/process/log';
import { Counter } from '@quadrille/process/metrics';
import type { Caller } from './caller.ts';
import type { RateLimits } from './rate-limits.ts';
import { ServiceUnavailable } from './upstream.ts';

/**
 * Which calls of a route may be refused: `all`, those of callers beyond their rate and those that are too much for us; `load`, only the
 * latter: one address calls it for all customers; `none`: how the process is doing can always be asked.
 */
export type Limited = 'all' | 'load' | 'none';

export type Admitted = {
  /** For the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The call is over, or only waits from now on. */
  readonly leave: () => void;
};

/** Decides which calls are taken, before their bodies are read. @throws Refused, HttpError 429 */
export type Admission = (caller: Caller, limited: Limited) => Promise<Admitted>;

/** Too much comes in at once. */
export class Refused extends ServiceUnavailable {}

const refused = new Counter({
  name: 'quadrille_gateway_refused_total',
  help: 'Calls refused: rate, the caller is beyond its rate; load, too much comes in at once',
  labelNames: ['why'],
});

/** ms between two lines in the log that calls are refused. */
const sayAgainAfter = 10_000;

export const createAdmission = (parts: { rates: RateLimits; load: Load; log: Pick<Log, 'warn'> }): Admission => {
  const { rates, load, log } = parts;
  let saidAt = Number.NEGATIVE_INFINITY;
  const enter = (): (() => void) => {
    const leave = load.enter();
    if (leave) return leave;
    refused.inc({ why: 'load' });
    if (performance.now() - saidAt > sayAgainAfter) {
      saidAt = performance.now();
      log.warn('too much comes in at once: calls are refused with 503; quadrille_gateway_refused_total counts them');
    }
    throw new Refused(overloaded);
  };
  return async (caller, limited) => {
    if (limited === 'none') return { headers: {}, leave: () => {} };
    const leave = enter();
    if (limited === 'load') return { headers: {}, leave };
    try {
      return { headers: await rates.take(caller), leave };
    } catch (error) {
      leave();
      refused.inc({ why: 'rate' });
      throw error;
    }
  };
};
