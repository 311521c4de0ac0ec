import { type Load, overloaded } from '@quadrille/process/load';
import type { Log } from '@quadrille/process/log';
import { Counter } from '@quadrille/process/metrics';
import type { Client } from './client.ts';
import type { RateLimits } from './rate-limits.ts';
import { ServiceUnavailable } from './upstream.ts';

/**
 * Which calls of a route may be refused: `all`, those of callers beyond their rate and those that are too much for us; `load`, only the
 * latter: one address calls it for all customers; `none`: how the process is doing can always be asked.
 */
export type Limited = 'all' | 'load' | 'none';

export type Admitted = {
  /** For the answer. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Counts what is known of the client after it has logged in. @throws HttpError 429 */
  readonly count: (client: Partial<Client>) => Promise<void>;
  /** The call is over, or only waits from now on. */
  readonly leave: () => void;
};

/** Decides which calls are taken, before their bodies are read. @throws Refused, HttpError 429 */
export type Admission = (client: Client, limited: Limited) => Promise<Admitted>;

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
  const take = async (client: Partial<Client>): Promise<Readonly<Record<string, string>>> => {
    try {
      return await rates.take(client);
    } catch (error) {
      refused.inc({ why: 'rate' });
      throw error;
    }
  };
  return async (client, limited) => {
    const uncounted = { headers: () => ({}), count: async () => {} };
    if (limited === 'none') return { ...uncounted, leave: () => {} };
    const leave = enter();
    if (limited === 'load') return { ...uncounted, leave };
    try {
      let headers = await take(client);
      const count = async (more: Partial<Client>) => {
        headers = together(headers, await take(more));
      };
      return { headers: () => headers, count, leave };
    } catch (error) {
      leave();
      throw error;
    }
  };
};

/** Headers that are lists. */
const together = (some: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>) => ({
  ...some,
  ...Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, some[name] === undefined ? value : `${some[name]}, ${value}`]),
  ),
});
