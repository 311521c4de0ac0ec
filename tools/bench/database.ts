import { asAdmin } from '@quadrille/db/grants';

/** Products for the load alone, each with more units than any run can sell. */
export const plantProducts = async (mysqlUrl: string, count: number, price: number): Promise<number[]> => {
  const ids = Array.from({ length: count }, (_, index) => 1001 + index);
  await asAdmin(mysqlUrl, (admin) =>
    admin.query('INSERT INTO eshop_stock.products (product_id, price, available, reserved, sold) VALUES ?', [
      ids.map((id) => [id, price, 1_000_000_000, 0, 0]),
    ]),
  );
  return ids;
};

/**
 * What the database server has done so far. Every write of a commit group counts as one commit, the relay's single deletes too. Rows are
 * those that were inserted, updated or deleted.
 */
export type Work = { readonly commits: number; readonly statements: number; readonly rows: number };

export const readWork = (mysqlUrl: string): Promise<Work> =>
  asAdmin(mysqlUrl, async (admin) => {
    const [found] = await admin.query(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Binlog_commits', 'Com_commit', 'Com_delete', 'Questions', 'Handler_write', 'Handler_update', 'Handler_delete')",
    );
    const status = Object.fromEntries(
      (found as { Variable_name: string; Value: string }[]).map((row) => [row.Variable_name, Number(row.Value)]),
    );
    // MySQL does not count binlog commits: there, transactions and the relay's deletes, which commit by themselves.
    const commits = status.Binlog_commits ?? (status.Com_commit ?? 0) + (status.Com_delete ?? 0);
    const rows = (status.Handler_write ?? 0) + (status.Handler_update ?? 0) + (status.Handler_delete ?? 0);
    return { commits, statements: status.Questions ?? 0, rows };
  });

/** The settings that decide whether a commit survives a power cut, for the report. */
export const readDurability = (mysqlUrl: string): Promise<string> =>
  asAdmin(mysqlUrl, async (admin) => {
    const [rows] = await admin.query(
      'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flushLog, @@sync_binlog AS syncBinlog, @@log_bin AS binlog',
    );
    const [found] = rows as Record<string, unknown>[];
    return `${found?.version}, innodb_flush_log_at_trx_commit=${found?.flushLog}, sync_binlog=${found?.syncBinlog}, log_bin=${found?.binlog}`;
  });
