import type { Queryable } from '../select.ts';
import { select } from '../select.ts';
import type { Findings } from './findings.ts';
import { pagesByKey } from './snapshot.ts';

type ProductRow = {
  readonly productId: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
};

/**
 * Each product's units in all against the last check: orders move units about, and never change their sum. A product that is new is noted;
 * one that differs is not: that is for a person to accept.
 * @returns how many products there are
 */
export const checkUnits = async (stock: Queryable, auditLog: Queryable, findings: Findings): Promise<number> => {
  let products = 0;
  const pages = pagesByKey(
    0,
    ({ productId }: ProductRow) => productId,
    (after: number, limit) =>
      select<ProductRow>(
        stock,
        'SELECT product_id AS productId, available, reserved, sold FROM products WHERE product_id > ? ORDER BY product_id LIMIT ?',
        [after, limit],
      ),
  );
  for await (const page of pages) {
    products += page.length;
    const known = await readTotals(auditLog, page);
    for (const row of page) checkProduct(row, known.get(row.productId), findings);
    await noteTotals(
      auditLog,
      page.filter(({ productId }) => !known.has(productId)),
    );
  }
  return products;
};

type Total = { readonly productId: number; readonly units: number; readonly seenAt: Date };

const checkProduct = (
  { productId, available, reserved, sold }: ProductRow,
  known: Total | undefined,
  findings: Findings,
): void => {
  const units = available + reserved + sold;
  if (known && known.units !== units)
    findings.add({
      kind: 'stock',
      what: `product ${productId}: ${units} units in all, but ${known.units} at the check of ${known.seenAt.toISOString()}; no order changes that. If goods came or went, say so: verify --accept-stock`,
    });
};

const readTotals = async (auditLog: Queryable, page: readonly ProductRow[]): Promise<Map<number, Total>> => {
  const found = await select<Total>(
    auditLog,
    'SELECT product_id AS productId, units, seen_at AS seenAt FROM stock_totals WHERE product_id IN (?)',
    [page.map(({ productId }) => productId)],
  );
  return new Map(found.map((total) => [total.productId, total]));
};

const noteTotals = async (auditLog: Queryable, rows: readonly ProductRow[]): Promise<void> => {
  if (rows.length === 0) return;
  // Two audits at once note the same.
  await auditLog.query(
    `INSERT INTO stock_totals (product_id, units, seen_at) VALUES ${rows.map(() => '(?, ?, UTC_TIMESTAMP(3))')}
     ON DUPLICATE KEY UPDATE product_id = product_id`,
    rows.flatMap(({ productId, available, reserved, sold }) => [productId, available + reserved + sold]),
  );
};

/** From here on the products' units are right as they are: the next audit notes them anew. */
export const forgetTotals = async (auditLog: Queryable): Promise<void> => {
  await auditLog.query('DELETE FROM stock_totals');
};
