import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerSettings, writeOptionFile } from './option-file.ts';

export const optionFile = ({ home, ...settings }: ServerSettings & { home: string }): string => {
  const share = join(home, 'share');
  return writeOptionFile('mariadbd', settings, {
    basedir: home,
    'lc-messages-dir': share,
    'character-sets-dir': join(share, 'charsets'),
    // MariaDB 11.4 would make itself a TLS key at each start, which takes 17 seconds of CPU.
    ssl: 0,
    'binlog-format': 'ROW',
    'innodb-log-file-size': '512M',
  });
};

/** The system tables and one user. Leaves out the help texts and the sys schema, which nothing of ours reads. */
export const bootstrapSql = (home: string, password: string): string => {
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
};
