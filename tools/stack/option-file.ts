export type ServerSettings = {
  data: string;
  /** For temporary tables; of this server alone: one that starts removes all that it finds there. */
  temporary: string;
  port?: number;
};

/** What MariaDB and MySQL are both told: durable (each commit is on the disk, binlog included), and small enough for a laptop. */
const common = {
  // TCP on this machine only. No socket: its path may be at most 107 characters long, and nobody needs it.
  socket: '',
  'bind-address': '127.0.0.1',
  'skip-name-resolve': 1,
  'server-id': 1,
  'log-bin': 'bin',
  // Of a deleted outbox row its key is enough; nobody reads the old payload in the binlog.
  'binlog-row-image': 'MINIMAL',
  'binlog-expire-logs-seconds': 7 * 24 * 3600,
  'sync-binlog': 1,
  'innodb-flush-log-at-trx-commit': 1,
  // Memory is taken as it is used.
  'innodb-buffer-pool-size': '512M',
  'innodb-adaptive-hash-index': 0,
  'innodb-rollback-on-timeout': 1,
  'transaction-isolation': 'READ-COMMITTED',
  'character-set-server': 'utf8mb4',
  'default-time-zone': "'+00:00'",
  'max-connections': 500,
  'performance-schema': 0,
};

/** @param own what only this server is told */
export const writeOptionFile = (
  section: 'mariadbd' | 'mysqld',
  { data, temporary, port }: ServerSettings,
  own: Record<string, string | number>,
): string => {
  const options = {
    datadir: data,
    tmpdir: temporary,
    ...common,
    ...(port === undefined ? { 'skip-networking': 1 } : { port }),
    ...own,
    ...(process.getuid?.() === 0 ? { user: 'root' } : {}),
  };
  const lines = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return `[${section}]\n${lines.join('\n')}\n`;
};
