import { join } from 'node:path';
import { type ServerSettings, writeOptionFile } from './option-file.ts';

export const optionFile = ({ usr, ...settings }: ServerSettings & { usr: string }): string => {
  const share = join(usr, 'share/mysql');
  return writeOptionFile('mysqld', settings, {
    basedir: usr,
    'lc-messages-dir': share,
    'character-sets-dir': join(share, 'charsets'),
    'plugin-dir': join(usr, 'lib/mysql/plugin'),
    // Nobody loads files.
    'secure-file-priv': 'NULL',
    mysqlx: 0,
    // No TLS on 127.0.0.1. Passwords are safe without: they travel encrypted with a key that MySQL makes itself.
    'auto-generate-certs': 0,
    'innodb-redo-log-capacity': '512M',
    'innodb-log-buffer-size': '16M',
    'temptable-max-ram': '64M',
  });
};

/** One user, in the place of the one whom MySQL makes with an empty password. */
export const createSql = (password: string): string => {
  return [
    `CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
    "DROP USER 'root'@'localhost';",
    '',
  ].join('\n');
};
