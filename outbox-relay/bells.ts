import type { Log } from '@quadrille/process/log';
import { type Bell, createBell } from './bell.ts';
import { listenToBinlog } from './doorbell.ts';

/** The bell of one database's outbox. */
export type DatabaseBell = Pick<Bell, 'wait'> & {
  /** False while the binlog cannot be read: then poll. */
  readonly works: () => boolean;
  /** The relay has deleted rows: the binlog will tell of that write, too, and that is no reason to look. */
  readonly expectEcho: () => void;
};

export type Bells = {
  readonly of: (url: string) => DatabaseBell;
  readonly ringAll: () => void;
  readonly stop: () => void;
};

/** ms without a ring after which every echo must have come. */
const longSilence = 500;

/** One binlog reader for each server, one bell for each database. */
export const createBells = (urls: readonly string[], log: Log): Bells => {
  const byServer = Map.groupBy(urls, (url) => new URL(url).host);
  const bells = new Map(urls.map((url) => [url, createBell()]));
  const echoes = new Map<string, number>();
  const working = new Set<string>();

  const listeners = [...byServer].map(([server, ofServer]) => {
    const urlOf = new Map(ofServer.map((url) => [databaseOf(url), url]));
    return listenToBinlog(
      ofServer[0] as string,
      [...urlOf.keys()],
      {
        onWrite: (database) => {
          const url = urlOf.get(database) as string;
          const expected = echoes.get(url) ?? 0;
          if (expected > 0) echoes.set(url, expected - 1);
          else bells.get(url)?.ring();
        },
        onConnect: () => {
          working.add(server);
          for (const url of ofServer) {
            // Whatever was written or deleted meanwhile went unheard.
            echoes.set(url, 0);
            bells.get(url)?.ring();
          }
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
      return {
        wait: async (ms) => {
          const rang = await bell.wait(ms);
          // If an echo was lost, a real ring must not be taken for it for ever.
          if (!rang && ms >= longSilence) echoes.set(url, 0);
          return rang;
        },
        works: () => working.has(new URL(url).host),
        expectEcho: () => echoes.set(url, (echoes.get(url) ?? 0) + 1),
      };
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
