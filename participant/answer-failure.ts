import { isUnavailable } from '@quadrille/db/errors';
import type { Log } from '@quadrille/process/log';

/** What a service's HTTP door answers when a call threw: 503 for a database that is away, which heals by waiting; else 500. */
export const answerFailure =
  (log: Log) =>
  (error: unknown): Response => {
    const away = isUnavailable(error);
    log[away ? 'warn' : 'error']({ err: error }, 'call failed');
    return away
      ? Response.json({ error: 'the database is away' }, { status: 503 })
      : Response.json({ error: 'a fault of ours' }, { status: 500 });
  };
