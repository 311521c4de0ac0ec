import { findSilentBinlog } from '@quadrille/db/binlog';
import type { Pool } from '@quadrille/db/connect';
import type { Log } from '@quadrille/process/log';
import { listenToBinlog } from './binlog-listener.ts';

/**
 * Wakes the relay when an outbox may have new rows. `notify` is remembered until the next `wait`, so that a signal between a look that
 * found nothing and the wait that follows is not lost (R10).
 */
export type WakeUpSignal = {
  readonly notify: () => void;
  /** Resolves at a signal, or after `ms`. @returns true at a signal */
  readonly wait: (ms: number) => Promise<boolean>;
};

export const createWakeUpSignal = (): WakeUpSignal => {
  let notified = false;
  let wake: (() => void) | null = null;
  return {
    notify: () => {
      notified = true;
      wake?.();
    },
    wait: async (ms) => {
      if (!notified)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wake = null;
      const answer = notified;
      notified = false;
      return answer;
    },
  };
};

/** The wake-up signal of one database's outbox. */
export type DatabaseWakeUp = Pick<WakeUpSignal, 'wait'> & {
  /** False while the binlog cannot be read, or is silent: then poll. */
  readonly isListening: () => boolean;
  /**
   * Reports that rows were found without a signal. After three such finds without a signal in between, the binlog counts as silent:
   * it does not name the tables that are written (C4).
   * @returns true when it counts as silent from now on
   */
  readonly foundWithoutSignal: () => boolean;
  /** The server's settings make the binlog silent. It counts as silent until the next signal. */
  readonly stopTrusting: () => void;
};

const silentAfter = 3;

export type WakeUps = {
  readonly of: (url: string) => DatabaseWakeUp;
  readonly notifyAll: () => void;
  readonly stop: () => void;
};

/** One binlog listener for each server, one wake-up signal for each database. */
export const createWakeUps = (urls: readonly string[], log: Log): WakeUps => {
  const byServer = Map.groupBy(urls, (url) => new URL(url).host);
  const wakeUps = new Map(urls.map((url) => [url, createWakeUpSignal()]));
  const working = new Set<string>();
  /** Finds without a signal, one after the other. */
  const withoutSignal = new Map<string, number>();
  const isSilent = (url: string) => (withoutSignal.get(url) ?? 0) >= silentAfter;

  const listeners = [...byServer].map(([server, ofServer]) => {
    const urlOf = new Map(ofServer.map((url) => [databaseOf(url), url]));
    return listenToBinlog(
      ofServer[0] as string,
      [...urlOf.keys()],
      {
        onWrite: (database) => {
          const url = urlOf.get(database) as string;
          if (isSilent(url)) log.info({ database }, 'the binlog tells of writes again');
          withoutSignal.delete(url);
          wakeUps.get(url)?.notify();
        },
        onConnect: () => {
          working.add(server);
          // What was written meanwhile gave no signal.
          for (const url of ofServer) wakeUps.get(url)?.notify();
        },
        onDisconnect: () => working.delete(server),
      },
      log,
    );
  });

  return {
    of: (url) => {
      const wakeUp = wakeUps.get(url);
      if (!wakeUp) throw new Error('no wake-up signal for this database');
      return {
        wait: wakeUp.wait,
        isListening: () => working.has(new URL(url).host) && !isSilent(url),
        foundWithoutSignal: () => {
          withoutSignal.set(url, (withoutSignal.get(url) ?? 0) + 1);
          return withoutSignal.get(url) === silentAfter;
        },
        stopTrusting: () => void withoutSignal.set(url, silentAfter),
      };
    },
    notifyAll: () => {
      for (const wakeUp of wakeUps.values()) wakeUp.notify();
    },
    stop: () => {
      for (const listener of listeners) listener.stop();
    },
  };
};

const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

/** Logs, once for each lease, that the binlog is silent, and which setting makes it so (C4). */
export type SilenceReport = {
  /** @returns whether a setting of the server makes it silent */
  readonly bySettings: () => Promise<boolean>;
  /** Rows were found without a signal. */
  readonly byFinds: () => Promise<void>;
};

const elsewhere =
  'no setting of the server says why: look for sessions with sql_log_bin=0 or binlog_transaction_compression=ON';

export const createSilenceReport = ({ pool, log }: { readonly pool: Pool; readonly log: Log }): SilenceReport => {
  let said = false;
  // Without an answer the relay works on, only slower.
  const readCauses = () => findSilentBinlog(pool).catch(() => []);
  const say = (causes: readonly string[]) => {
    if (!said)
      log.warn({ causes }, 'the binlog does not tell of writes to this outbox; polling for them until it does');
    said = true;
  };
  return {
    bySettings: async () => {
      const causes = await readCauses();
      if (causes.length > 0) say(causes);
      return causes.length > 0;
    },
    byFinds: async () => {
      const causes = await readCauses();
      say(causes.length > 0 ? causes : [elsewhere]);
    },
  };
};
