import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition; the deadline is generous, for the machine may be busy, and only says that it never came. */
export const until = async <Result>(
  what: string,
  look: () => Promise<Result | null | undefined | false>,
  deadline = 60_000,
): Promise<Result> => {
  for (const end = Date.now() + deadline; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await delay(25);
  }
};
