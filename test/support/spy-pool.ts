import type { Pool } from '@quadrille/db/connect';
import type { Statements } from '@quadrille/db/transaction';

type Connection = Awaited<ReturnType<Pool['getConnection']>>;

/** Told of every statement before it is sent; may wait, or throw in its place. */
type Spy = (sql: string) => Promise<void> | void;

/** The same pool, seen through spies, which see each statement of those that are sent together: for counting statements, holding a COMMIT back, or dying at a chosen place. */
export const spyOn = (pool: Pool, before: Spy, after: Spy = () => {}): Pool => {
  const spied = <Target extends Pool | Connection>(target: Target): Target =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name === 'query') {
          const ask = async (sql: string, values?: unknown) => {
            await before(sql);
            const answer = await (target as Pick<Pool, 'query'>).query(sql, values as never);
            await after(sql);
            return answer;
          };
          return async (asked: string | Statements, values?: unknown) => {
            if (typeof asked === 'string') return ask(asked, values);
            const answers: Awaited<ReturnType<typeof ask>>[] = [];
            for (const statement of asked.statements) answers.push(await ask(statement));
            return [answers.map(([rows]) => rows), answers.map(([, fields]) => fields)];
          };
        }
        if (name === 'getConnection') return async () => spied(await (target as Pool).getConnection());
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return spied(pool);
};

/** The same pool, which notes what goes to the server in one round trip of a transaction: its statements, with ` / ` between. */
export const noteTrips = (pool: Pool, trips: string[]): Pool => {
  const noting = Object.create(pool) as Pool;
  noting.getConnection = async () => {
    const connection = await pool.getConnection();
    const query = connection.query.bind(connection);
    connection.query = ((asked: string | Statements) => {
      trips.push(typeof asked === 'string' ? asked : asked.statements.join(' / '));
      return query(asked as string);
    }) as typeof connection.query;
    const release = connection.release.bind(connection);
    connection.release = () => {
      connection.query = query as typeof connection.query;
      release();
    };
    return connection;
  };
  return noting;
};

/** The first word of a statement and the table it is about: `SELECT products`, `COMMIT`. */
export const inShort = (sql: string): string => {
  const [verb] = /^\w+/.exec(sql.trim()) ?? [''];
  const [, table] = /(?:FROM|INTO|UPDATE)\s+`?(\w+)/.exec(sql) ?? [];
  return table ? `${verb} ${table}` : verb;
};
