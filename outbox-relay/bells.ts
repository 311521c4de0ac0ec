import type { Log } from '@quadrille/process/log';
import { type Bell, createBell } from './bell.ts';
import { listenToBinlog } from './doorbell.ts';

/** The bell of one database's outbox. */
export type DatabaseBell = Pick<Bell, 'wait'> & {
  /** False while the binlog cannot be read: then poll. */
  readonly works: () => boolean;
};

export type Bells = {
  readonly of: (url: string) => DatabaseBell;
  readonly ringAll: () => void;
  readonly stop: () => void;
};

/** One binlog reader for each server, one bell for each database. */
export const createBells = (urls: readonly string[], log: Log): Bells => {
  const byServer = Map.groupBy(urls, (url) => new URL(url).host);
  const bells = new Map(urls.map((url) => [url, createBell()]));
  const working = new Set<string>();

  const listeners = [...byServer].map(([server, ofServer]) => {
    const urlOf = new Map(ofServer.map((url) => [databaseOf(url), url]));
    return listenToBinlog(
      ofServer[0] as string,
      [...urlOf.keys()],
      {
        onWrite: (database) => bells.get(urlOf.get(database) as string)?.ring(),
        onConnect: () => {
          working.add(server);
          // Whatever was written meanwhile went unheard.
          for (const url of ofServer) bells.get(url)?.ring();
        },
        onDisconnect: () => working.delete(server),
      },
      log,
    );
  });

  return {
    of: (url) => {
      const bell = bells.get(url);
      if (!bell) throw new Error('no bell for this database');
      return { wait: bell.wait, works: () => working.has(new URL(url).host) };
    },
    ringAll: () => {
      for (const bell of bells.values()) bell.ring();
    },
    stop: () => {
      for (const listener of listeners) listener.stop();
    },
  };
};

const databaseOf = (url: string): string => new URL(url).pathname.slice(1);
