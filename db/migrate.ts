import { drizzle } from 'drizzle-orm/mysql2';
import { migrate as drizzleMigrate } from 'drizzle-orm/mysql2/migrator';
import { openConnection } from './connect.ts';

/** Brings one service's database to the state of its `migrations` folder (made by drizzle-kit). Safe to run again. */
export const migrate = async (url: string, migrationsFolder: string): Promise<void> => {
  const connection = await openConnection(url);
  try {
    await drizzleMigrate(drizzle(connection), { migrationsFolder });
  } finally {
    await connection.end();
  }
};
