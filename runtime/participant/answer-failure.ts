import { isReadOnly, isUnavailable } from '@quadrille/db/errors';
import { Overdue } from '@quadrille/process/deadline';
import { CallRefused } from '@quadrille/process/guarded-calls';
import type { Log } from '@quadrille/process/log';
import { NoAnswer } from '@quadrille/process/within';

/** What heals by waiting: the database is away or read-only, or another system is; or there was no time left. */
export const isPassing = (error: unknown): boolean =>
  isUnavailable(error) || error instanceof Overdue || error instanceof CallRefused || error instanceof NoAnswer;

/** What a service's HTTP server answers when a call threw: 503 for what heals by waiting; else 500. */
export const answerFailure =
  (log: Log) =>
  (error: unknown): Response => {
    const passing = isPassing(error);
    log[passing ? 'warn' : 'error']({ err: error }, 'call failed');
    const what = isReadOnly(error)
      ? 'the database is read-only'
      : isUnavailable(error)
        ? 'the database is away'
        : 'too busy';
    return passing
      ? Response.json({ error: what }, { status: 503, headers: { 'retry-after': '1' } })
      : Response.json({ error: 'a fault of ours' }, { status: 500 });
  };
