import { randomInt } from 'node:crypto';
import { ZongJi } from '@powersync/mysql-zongji';
import type { Log } from '@quadrille/process/log';

/**
 * MySQL has no NOTIFY, but its binlog tells about 2 ms after a commit that a table was written. The listener may tell before the rows can be
 * read, and it may break: it only wakes the relay.
 */
export type BinlogListener = { readonly stop: () => void };

const retryAfter = 5_000;

/**
 * Listens to one server's binlog, from now on, and calls back with the name of the database whose outbox was written: by a service, or
 * by a purge. Reconnects by itself; as long as it is away, the relay polls.
 * @param url any database of the server; the user needs REPLICATION SLAVE and REPLICATION CLIENT
 */
export const listenToBinlog = (
  url: string,
  databases: readonly string[],
  listener: { onWrite: (database: string) => void; onConnect: () => void; onDisconnect: () => void },
  log: Log,
): BinlogListener => {
  const { hostname, port, username, password } = new URL(url);
  let stopped = false;
  let current: ZongJi | null = null;
  let timer: NodeJS.Timeout | undefined;

  // The filter sees the name of each table that is written, before any row is decoded; that is all we want to know.
  const includeSchema = Object.fromEntries(
    databases.map((database) => [
      database,
      (table: string) => {
        if (table === 'outbox') listener.onWrite(database);
        return false;
      },
    ]),
  );

  const start = () => {
    const zongji = new ZongJi({
      host: hostname,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      enableKeepAlive: true,
    });
    current = zongji;
    zongji.on('ready', () => {
      log.debug('listening to the binlog');
      listener.onConnect();
    });
    zongji.on('error', (error: Error) => {
      if (current !== zongji || stopped) return;
      current = null;
      listener.onDisconnect();
      log.warn({ err: error }, `the binlog cannot be read; polling until it can, next try in ${retryAfter} ms`);
      stopQuietly(zongji);
      timer = setTimeout(start, retryAfter);
    });
    // Every reader of a server's binlog must have a server id of its own.
    zongji.start({
      startAtEnd: true,
      serverId: randomInt(10_000, 2 ** 31),
      includeEvents: ['tablemap', 'rotate'],
      includeSchema,
    });
  };
  start();

  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      if (current) stopQuietly(current);
    },
  };
};

/** Its connections may be gone already, which is what we want. */
const stopQuietly = (zongji: ZongJi) => {
  zongji.on('error', () => {});
  try {
    zongji.stop();
  } catch {
    // Already closed.
  }
};
