import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Settings = { home: string; data: string; port?: number };

/** Durable (each commit is on the disk, binlog included), and small enough for a laptop: memory is taken as it is used. */
export function optionFile({ home, data, port }: Settings): string {
  const share = join(home, 'share');
  const options: Record<string, string | number> = {
    basedir: home,
    datadir: data,
    'lc-messages-dir': share,
    'character-sets-dir': join(share, 'charsets'),
    // TCP on this machine only. No socket: its path may be at most 107 characters long, and nobody needs it.
    socket: '',
    'bind-address': '127.0.0.1',
    ...(port === undefined ? { 'skip-networking': 1 } : { port }),
    'skip-name-resolve': 1,
    // MariaDB 11.4 would make itself a TLS key at each start, which takes 17 seconds of CPU.
    ssl: 0,
    'server-id': 1,
    'log-bin': 'bin',
    'binlog-format': 'ROW',
    // Of a deleted outbox row its key is enough; nobody reads the old payload in the binlog.
    'binlog-row-image': 'MINIMAL',
    'binlog-expire-logs-seconds': 7 * 24 * 3600,
    'sync-binlog': 1,
    'innodb-flush-log-at-trx-commit': 1,
    'innodb-buffer-pool-size': '512M',
    'innodb-log-file-size': '512M',
    'innodb-adaptive-hash-index': 0,
    'innodb-rollback-on-timeout': 1,
    'transaction-isolation': 'READ-COMMITTED',
    'character-set-server': 'utf8mb4',
    'default-time-zone': "'+00:00'",
    'max-connections': 500,
    'performance-schema': 0,
    ...(process.getuid?.() === 0 ? { user: 'root' } : {}),
  };
  const lines = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return `[mariadbd]\n${lines.join('\n')}\n`;
}

/** The system tables and one user. Leaves out the help texts and the sys schema, which nothing of ours reads. */
export function bootstrapSql(home: string, password: string): string {
  const tables = ['mariadb_system_tables.sql', 'mariadb_performance_tables.sql'].map((name) =>
    readFileSync(join(home, 'share', name), 'utf8'),
  );
  return [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    ...tables,
    'FLUSH PRIVILEGES;',
    `CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
    '',
  ].join('\n');
}
