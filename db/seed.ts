import type { MySqlTable } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import type { Connection } from 'mysql2/promise';

export type Seed<Table extends MySqlTable = MySqlTable> = {
  readonly table: Table;
  readonly rows: Table['$inferInsert'][];
};

/** Fills a table that is empty; one that is not is left as it is. */
export const insertSeed = async <Table extends MySqlTable>(
  admin: Connection,
  database: string,
  { table, rows }: Seed<Table>,
): Promise<void> => {
  await admin.query('USE ??', [database]);
  const db = drizzle(admin);
  const [anything] = await db.select().from(table).limit(1);
  if (!anything) await db.insert(table).values(rows);
};
