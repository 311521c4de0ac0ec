import { isReadOnly, isUnavailable } from '@quadrille/db/errors';
import type { Log } from '@quadrille/process/log';

/** What a service's HTTP server answers when a call threw: 503 for a database that is away or read-only, which heals by waiting; else 500. */
export const answerFailure =
  (log: Log) =>
  (error: unknown): Response => {
    const away = isUnavailable(error);
    log[away ? 'warn' : 'error']({ err: error }, 'call failed');
    const what = isReadOnly(error) ? 'the database is read-only' : 'the database is away';
    return away
      ? Response.json({ error: what }, { status: 503, headers: { 'retry-after': '1' } })
      : Response.json({ error: 'a fault of ours' }, { status: 500 });
  };
