import { setTimeout as delay } from 'node:timers/promises';

const first = 100;
const cap = 10_000;

/** Waits before the given attempt (1, 2, ...): exponential with full jitter between half and whole, 100 ms to 10 s. */
export const backoff = (attempt: number, signal: AbortSignal): Promise<void> => {
  const wait = Math.min(cap, first * 2 ** (attempt - 1));
  return delay(wait / 2 + (Math.random() * wait) / 2, undefined, { signal });
};
