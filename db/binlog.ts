import type { RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';

/**
 * Settings of the server by which its binlog does not name the tables that are written, and what to do about each; empty: no setting does.
 * MIXED is fine: in READ COMMITTED every write is logged by rows. A session may have other settings than the server.
 */
export const findSilentBinlog = async (pool: Pool): Promise<string[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_transaction_compression', 'binlog_format')`,
  );
  const settings = new Map(found.map((row) => [String(row.Variable_name), String(row.Value)]));
  const mute: string[] = [];
  if (settings.get('binlog_transaction_compression') === 'ON')
    mute.push('binlog_transaction_compression is ON, set it to OFF');
  if (settings.get('binlog_format') === 'STATEMENT') mute.push('binlog_format is STATEMENT, set it to ROW');
  const { filtered, database } = await readFilters(pool);
  if (filtered) mute.push(`binlog-do-db or binlog-ignore-db leaves out ${database}, log all that it holds`);
  return mute;
};

const readFilters = async (pool: Pool): Promise<{ filtered: boolean; database: string }> => {
  const [[here]] = await pool.query<RowDataPacket[]>('SELECT DATABASE() AS name');
  const database = String(here?.name);
  // MariaDB knows only the older statement.
  const [[status]] = await pool
    .query<RowDataPacket[]>('SHOW BINARY LOG STATUS')
    .catch(() => pool.query<RowDataPacket[]>('SHOW MASTER STATUS'));
  const listed = (names: unknown) =>
    String(names ?? '')
      .split(',')
      .filter((name) => name !== '');
  const [only, ignored] = [listed(status?.Binlog_Do_DB), listed(status?.Binlog_Ignore_DB)];
  return { filtered: only.length > 0 ? !only.includes(database) : ignored.includes(database), database };
};
