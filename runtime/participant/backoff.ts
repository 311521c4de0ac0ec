import { setTimeout as delay } from 'node:timers/promises';

const first = 100;
const cap = 10_000;

/** A wait before the next try: how long (ms), and its end. */
export type Wait = { readonly ms: number; readonly over: () => Promise<void> };

/** How long to wait before the next try: exponential, 100 ms to 10 s, with jitter between half and whole. @param chance in [0, 1) */
export const waitAfter = (attempt: number, chance: number): number => {
  const whole = Math.min(cap, first * 2 ** (attempt - 1));
  return Math.round(whole / 2 + (chance * whole) / 2);
};

/** Real waits, which end with an error when the signal is given: at shutdown, for what may never heal. */
export const backoff =
  (signal: AbortSignal) =>
  (attempt: number): Wait => {
    const ms = waitAfter(attempt, Math.random());
    return { ms, over: () => delay(ms, undefined, { signal }) };
  };
