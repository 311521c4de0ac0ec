import { QuadrilleError } from './error.ts';

const firstPause = 200;
const longestPause = 10_000;

/** Rejects with the signal's reason as soon as it is aborted. */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    signal?.addEventListener('abort', leave);
  });

/** How long to wait after so many failures in a row: twice as long each time, scattered, so that not all clients come back at once. */
export const pauseAfter = (failures: number, error: unknown): number => {
  const growing = Math.min(firstPause * 2 ** (failures - 1), longestPause);
  const asked = error instanceof QuadrilleError ? (error.retryAfter ?? 0) * 1000 : 0;
  return Math.max(asked, growing / 2) + (Math.random() * growing) / 2;
};

/** Calls again while the API is unavailable, until the signal is aborted. Only for what may be done twice. */
export const untilAvailable = async <Result>(
  call: () => Promise<Result>,
  signal: AbortSignal,
  onTrouble: (error: QuadrilleError) => void,
): Promise<Result> => {
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof QuadrilleError) || error.kind !== 'unavailable') throw error;
      onTrouble(error);
      await pause(pauseAfter(failures, error), signal);
    }
  }
};
