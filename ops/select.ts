import type { Queryable } from '@quadrille/db/rows';

export type { Queryable };

/** Rows as a statement answers them. The caller says what they look like. */
export const select = async <Row>(from: Queryable, sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await from.query(sql, [...values]))[0] as unknown as Row[];

/** The database's clock, the only one that ages are computed from. */
export const readClock = async (from: Queryable): Promise<Date> => {
  const [row] = await select<{ now: Date }>(from, 'SELECT UTC_TIMESTAMP(3) AS now');
  return row?.now ?? new Date(Number.NaN);
};
