import { join } from 'node:path';
import type { DatabaseProgram } from './database.ts';
import { bootstrapSql, optionFile } from './mariadb-config.ts';

/** @param home the folder with bin/mariadbd and share/ */
export const mariadb = (home: string): DatabaseProgram => {
  return {
    name: 'MariaDB',
    command: join(home, 'bin/mariadbd'),
    args: [],
    optionFile: (settings) => optionFile({ home, ...settings }),
    create: { args: ['--bootstrap', '--skip-log-bin'], sql: (password) => bootstrapSql(home, password) },
    foreignFile: 'mysql.ibd',
  };
};
