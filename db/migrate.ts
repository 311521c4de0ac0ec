import { drizzle } from 'drizzle-orm/mysql2';
import { migrate as drizzleMigrate } from 'drizzle-orm/mysql2/migrator';
import { createConnection } from 'mysql2/promise';

/** Brings one service's database to the state of its `migrations` folder (made by drizzle-kit). Safe to run again. */
export const migrate = async (url: string, migrationsFolder: string): Promise<void> => {
  const connection = await createConnection({ uri: url, timezone: 'Z', connectTimeout: 5_000 });
  try {
    await drizzleMigrate(drizzle(connection), { migrationsFolder });
  } finally {
    await connection.end();
  }
};
