import type { Log } from '@quadrille/process/log';
import { type Bell, createBell } from './bell.ts';
import { listenToBinlog } from './doorbell.ts';

/** The bell of one database's outbox. */
export type DatabaseBell = Pick<Bell, 'wait'> & {
  /** False while the binlog cannot be read, or is mute: then poll. */
  readonly works: () => boolean;
  /**
   * Tells that rows were there that it had not rung for, though it was waited for. Three times without a ring between them, and it is mute:
   * what it reads does not name the tables that are written (C4).
   * @returns true when it has become mute by this
   */
  readonly foundUnrung: () => boolean;
  /** It will be mute, by what the server is set to. The next ring says otherwise. */
  readonly becomeMute: () => void;
};

const muteAfter = 3;

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
  /** Finds without a ring, one after the other. */
  const unrung = new Map<string, number>();
  const isMute = (url: string) => (unrung.get(url) ?? 0) >= muteAfter;

  const listeners = [...byServer].map(([server, ofServer]) => {
    const urlOf = new Map(ofServer.map((url) => [databaseOf(url), url]));
    return listenToBinlog(
      ofServer[0] as string,
      [...urlOf.keys()],
      {
        onWrite: (database) => {
          const url = urlOf.get(database) as string;
          if (isMute(url)) log.info({ database }, 'the binlog tells of writes again');
          unrung.delete(url);
          bells.get(url)?.ring();
        },
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
      return {
        wait: bell.wait,
        works: () => working.has(new URL(url).host) && !isMute(url),
        foundUnrung: () => {
          unrung.set(url, (unrung.get(url) ?? 0) + 1);
          return unrung.get(url) === muteAfter;
        },
        becomeMute: () => void unrung.set(url, muteAfter),
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
