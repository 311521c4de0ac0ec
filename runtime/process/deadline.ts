import { AsyncLocalStorage } from 'node:async_hooks';

/** Says how many ms the caller goes on waiting for the answer. */
export const remainingTimeHeader = 'quadrille-remaining-ms';

const deadlines = new AsyncLocalStorage<number>();

/** Answers a call, of which all that it starts can learn when its caller stops waiting. @param remaining the value of the header */
export const answerInTime = <Result>(remaining: string | string[] | undefined, answer: () => Result): Result =>
  typeof remaining === 'string' && /^\d{1,9}$/.test(remaining)
    ? deadlines.run(performance.now() + Number(remaining), answer)
    : answer();

/** When the caller of the call that we are in stops waiting, by `performance.now()`; undefined: nobody said. */
export const callDeadline = (): number | undefined => deadlines.getStore();

/** Nobody waits for it any more, so it was not begun. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}
