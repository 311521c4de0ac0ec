import { type Connection, openConnection } from './connect.ts';

export type User = { readonly user: string; readonly password: string };

/** A connection with the rights of `url`'s user, for setting up; closed afterwards. */
export const asAdmin = async <Result>(url: string, work: (admin: Connection) => Promise<Result>): Promise<Result> => {
  const admin = await openConnection(url);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
};

export const createDatabase = async (admin: Connection, database: string): Promise<void> => {
  await admin.query('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4', [database]);
};

/** Reads and writes the rows of its own database, and nothing else. */
export const grantService = async (admin: Connection, database: string, user: User): Promise<void> => {
  await createUser(admin, user);
  // In a grant on a whole database `_` stands for any character.
  const pattern = database.replaceAll('_', '\\_');
  await admin.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ??.* TO ?@'%'", [pattern, user.user]);
};

/**
 * Reads outboxes and purges them and the inboxes, keeps its own tables, listens to the binlog; it can neither write nor change an event,
 * and sees no business table. The tables must exist.
 */
export const grantRelay = async (admin: Connection, databases: readonly string[], user: User): Promise<void> => {
  await createUser(admin, user);
  for (const database of databases) {
    await admin.query("GRANT SELECT, DELETE ON ??.outbox TO ?@'%'", [database, user.user]);
    await admin.query("GRANT SELECT, DELETE ON ??.inbox TO ?@'%'", [database, user.user]);
    await admin.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ??.outbox_parked TO ?@'%'", [database, user.user]);
    await admin.query("GRANT SELECT, INSERT, DELETE ON ??.outbox_marks TO ?@'%'", [database, user.user]);
    await admin.query("GRANT SELECT, INSERT, UPDATE ON ??.relay_lease TO ?@'%'", [database, user.user]);
  }
  await admin.query("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ?@'%'", [user.user]);
};

/** Reads every service's database and writes its own; it can change nothing that a service knows. */
export const grantOps = async (
  admin: Connection,
  databases: readonly string[],
  own: string,
  user: User,
): Promise<void> => {
  await grantService(admin, own, user);
  for (const database of databases)
    await admin.query("GRANT SELECT ON ??.* TO ?@'%'", [database.replaceAll('_', '\\_'), user.user]);
};

/** Reads and writes the rows of its own database, and makes new tables in the place of old ones: a read model can be made anew. */
export const grantReadModel = async (admin: Connection, database: string, user: User): Promise<void> => {
  await grantService(admin, database, user);
  const pattern = database.replaceAll('_', '\\_');
  await admin.query("GRANT CREATE, DROP, ALTER, INDEX ON ??.* TO ?@'%'", [pattern, user.user]);
};

const createUser = async (admin: Connection, { user, password }: User): Promise<void> => {
  await admin.query("CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", [user, password]);
  await admin.query("ALTER USER ?@'%' IDENTIFIED BY ?", [user, password]);
};
