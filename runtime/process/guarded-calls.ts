import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import type { Log } from './log.ts';
import { Gauge } from './metrics.ts';

/** A call that was not made, because it would have waited in vain, or too many wait already. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
}

export type GuardedCalls = <Result>(call: () => Promise<Result>) => Promise<Result>;

const state = new Gauge({
  name: 'quadrille_circuit_breaker_state',
  help: 'Calls to another system: 0 they are made, 1 it does not answer and they are refused, 2 one is made to see whether it answers again',
  labelNames: ['to'],
});

/** So long after it opened, one call is made to see whether the other side answers again. */
const tryAgainAfter = 1_000;

/**
 * Makes calls to another system in such a way that its silence costs us little: never more than `atOnce` at the same time (bulkhead), and
 * none for a while when several in a row were not answered (circuit breaker). Nothing waits here: what cannot be called now is refused.
 * @param options.inARow so many unanswered calls open the breaker; undefined: there is none
 * @param options.isSilence whether the error says that we waited in vain: only that is worth to be avoided
 */
export const guardCalls = (options: {
  readonly to: string;
  readonly atOnce: number;
  readonly inARow: number | undefined;
  readonly isSilence: (error: unknown) => boolean;
  readonly log?: Pick<Log, 'info' | 'warn'> | undefined;
}): GuardedCalls => {
  const { to, atOnce, inARow, isSilence, log } = options;
  const most = bulkhead(atOnce, 0);
  const breaker =
    inARow === undefined
      ? undefined
      : circuitBreaker(handleWhen(isSilence), {
          halfOpenAfter: tryAgainAfter,
          breaker: new ConsecutiveBreaker(inARow),
        });
  state.set({ to }, CircuitState.Closed);
  breaker?.onStateChange((now) => state.set({ to }, now));
  let wasSaid = false;
  breaker?.onBreak(() => {
    if (!wasSaid) log?.warn({ to }, `${to} does not answer: calls are refused until it does`);
    wasSaid = true;
  });
  breaker?.onReset(() => {
    log?.info({ to }, `${to} answers again`);
    wasSaid = false;
  });

  const throughBreaker: GuardedCalls = (call) => {
    if (!breaker) return call();
    // Others would wait for what comes of the one call that is made.
    if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
    return breaker.execute(call);
  };
  return async (call) => {
    try {
      return await most.execute(() => throughBreaker(call));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new CallRefused(`${to} does not answer`, { cause: error });
      if (error instanceof BulkheadRejectedError)
        throw new CallRefused(`too many calls to ${to} are waiting`, { cause: error });
      throw error;
    }
  };
};
