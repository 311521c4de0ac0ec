import { AsyncLocalStorage } from 'node:async_hooks';

/** The span in which something runs: of an HTTP call that is answered. Only where it is recorded. */
const current = new AsyncLocalStorage<string>();

export const currentSpan = (): string | undefined => current.getStore();

export const runInSpan = <Result>(traceparent: string, work: () => Result): Result => current.run(traceparent, work);
