import type { Queryable } from '../select.ts';
import { select } from '../select.ts';
import type { Books } from './books.ts';
import type { Findings } from './findings.ts';
import type { OrderBooks } from './orders.ts';
import { rowsByKey } from './snapshot.ts';

/** Units of each product that orders hold and have bought, summed up on the way through the reservations. */
export type Sums = Map<number, { reserved: number; sold: number }>;

export const sumUp = (sums: Sums, { reservation }: Books): void => {
  if (reservation?.status !== 'reserved' && reservation?.status !== 'sold') return;
  if (reservation.productId === null) return;
  const sum = sums.get(reservation.productId) ?? { reserved: 0, sold: 0 };
  sum[reservation.status] += reservation.productCount;
  sums.set(reservation.productId, sum);
};

type ProductRow = {
  readonly productId: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
};

/**
 * Each product's own counts against its reservations, and its units in all against the last audit: orders move units about, and never change
 * their sum. A product that is new is noted, one that differs is not: that is for a person to accept.
 * @returns how many products there are
 */
export const checkProducts = async (
  stock: Queryable,
  ledger: Queryable | null,
  sums: Sums,
  findings: Findings,
): Promise<number> => {
  let products = 0;
  const pages = rowsByKey<ProductRow>(
    stock,
    0,
    ({ productId }) => productId,
    (after, limit) => [
      'SELECT product_id AS productId, available, reserved, sold FROM products WHERE product_id > ? ORDER BY product_id LIMIT ?',
      [after, limit],
    ],
  );
  for await (const page of pages) {
    products += page.length;
    const known = ledger ? await readTotals(ledger, page) : null;
    for (const row of page) checkProduct(row, sums.get(row.productId), known?.get(row.productId), findings);
    for (const { productId } of page) sums.delete(productId);
    if (ledger && known)
      await noteTotals(
        ledger,
        page.filter(({ productId }) => !known.has(productId)),
      );
  }
  for (const [productId, { reserved, sold }] of sums)
    findings.add({
      kind: 'stock',
      what: `orders hold ${reserved + sold} of product ${productId}, which stock does not know`,
    });
  return products;
};

type Total = { readonly productId: number; readonly units: number; readonly seenAt: Date };

const checkProduct = (
  { productId, available, reserved, sold }: ProductRow,
  sum: { reserved: number; sold: number } | undefined,
  known: Total | undefined,
  findings: Findings,
): void => {
  const wrong = (what: string, lasting = what) =>
    findings.add({ kind: 'stock', what: `product ${productId}: ${what}`, lasting: `product ${productId}: ${lasting}` });
  if (available < 0 || reserved < 0 || sold < 0)
    wrong(`${available} available, ${reserved} reserved, ${sold} sold: none can be below 0`);
  if (reserved !== (sum?.reserved ?? 0)) wrong(`${reserved} reserved, but orders hold ${sum?.reserved ?? 0}`);
  if (sold !== (sum?.sold ?? 0)) wrong(`${sold} sold, but orders have bought ${sum?.sold ?? 0}`);
  const units = available + reserved + sold;
  if (known && known.units !== units)
    wrong(
      `${units} units in all, but ${known.units} at the audit of ${known.seenAt.toISOString()}; no order changes that. If goods came or went, say so: audit --accept-stock`,
    );
};

const readTotals = async (ledger: Queryable, page: readonly ProductRow[]): Promise<Map<number, Total>> => {
  const found = await select<Total>(
    ledger,
    'SELECT product_id AS productId, units, seen_at AS seenAt FROM stock_totals WHERE product_id IN (?)',
    [page.map(({ productId }) => productId)],
  );
  return new Map(found.map((total) => [total.productId, total]));
};

const noteTotals = async (ledger: Queryable, rows: readonly ProductRow[]): Promise<void> => {
  if (rows.length === 0) return;
  // Two audits at once note the same.
  await ledger.query(
    `INSERT INTO stock_totals (product_id, units, seen_at) VALUES ${rows.map(() => '(?, ?, UTC_TIMESTAMP(3))')}
     ON DUPLICATE KEY UPDATE product_id = product_id`,
    rows.flatMap(({ productId, available, reserved, sold }) => [productId, available + reserved + sold]),
  );
};

/** From here on the products' units are right as they are: the next audit notes them anew. */
export const forgetTotals = async (ledger: Queryable): Promise<void> => {
  await ledger.query('DELETE FROM stock_totals');
};

type CouponRow = { readonly couponId: number; readonly status: string; readonly orderId: string | null };

/** A coupon that orders hold or have used up is marked so, for exactly that order. */
export const checkUses = async (coupon: Queryable, page: readonly OrderBooks[], findings: Findings): Promise<void> => {
  const holding = page.filter(({ books: { use } }) => use?.status === 'held' || use?.status === 'used');
  if (holding.length === 0) return;
  const coupons = await select<CouponRow>(
    coupon,
    'SELECT coupon_id AS couponId, status, order_id AS orderId FROM coupons WHERE coupon_id IN (?)',
    [holding.map(({ books }) => books.use?.couponId)],
  );
  const byId = new Map(coupons.map((row) => [row.couponId, row]));
  for (const { orderId, books } of holding) {
    const found = byId.get(books.use?.couponId ?? 0);
    if (found?.status === 'used' && found.orderId === orderId) continue;
    const is = found ? `${found.status}${found.orderId ? ` by order ${found.orderId}` : ''}` : 'unknown';
    findings.add({
      kind: 'coupon',
      orderId,
      what: `${books.use?.status} coupon ${books.use?.couponId}, which is ${is}`,
    });
  }
};

/** And the other way round: who is named as the holder of a coupon holds it. @returns how many coupons are used */
export const checkCoupons = async (coupon: Queryable, findings: Findings): Promise<number> => {
  let used = 0;
  const pages = rowsByKey<CouponRow>(
    coupon,
    0,
    ({ couponId }) => couponId,
    (after, limit) => [
      `SELECT coupon_id AS couponId, status, order_id AS orderId FROM coupons
     WHERE coupon_id > ? AND status = 'used' ORDER BY coupon_id LIMIT ?`,
      [after, limit],
    ],
  );
  for await (const page of pages) {
    used += page.length;
    const uses = await select<{ orderId: string; couponId: number; status: string }>(
      coupon,
      'SELECT order_id AS orderId, coupon_id AS couponId, status FROM coupon_uses WHERE order_id IN (?)',
      [page.map(({ orderId }) => orderId)],
    );
    const byOrder = new Map(uses.map((use) => [use.orderId, use]));
    for (const { couponId, orderId } of page) {
      const use = orderId === null ? undefined : byOrder.get(orderId);
      if (use?.couponId === couponId && (use.status === 'held' || use.status === 'used')) continue;
      findings.add({
        kind: 'coupon',
        what: `coupon ${couponId} is used by ${orderId ? `order ${orderId}, which does not hold it` : 'no order'}`,
        ...(orderId && { orderId }),
      });
    }
  }
  return used;
};
