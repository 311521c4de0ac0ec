import { join } from 'node:path';
import type { DatabaseProgram } from './database.ts';
import { createSql, optionFile } from './mysql-config.ts';

/**
 * MySQL as Debian builds it, with libraries newer than the machine's. So it runs by the loader and the libraries that came with it.
 * @param home the folder with the unpacked packages
 */
export const mysql = (home: string): DatabaseProgram => {
  const usr = join(home, 'usr');
  const libraries = join(usr, 'lib/x86_64-linux-gnu');
  return {
    name: 'MySQL',
    command: join(libraries, 'ld-linux-x86-64.so.2'),
    args: ['--library-path', libraries, join(usr, 'sbin/mysqld')],
    optionFile: (settings) => optionFile({ usr, ...settings }),
    create: { args: ['--initialize-insecure', '--skip-log-bin', '--init-file=/dev/stdin'], sql: createSql },
    foreignFile: 'aria_log_control',
  };
};
