import { definitions, type Service } from '@quadrille/services';
import type { Coupon } from '@quadrille/services/coupon/schema';
import { couponRows } from '@quadrille/services/coupon/store';
import type { Order } from '@quadrille/services/order/schema';
import type { Product } from '@quadrille/services/stock/schema';
import { productRows } from '@quadrille/services/stock/store';
import type { Database } from './memory-storage.ts';
import { expectThat } from './violation.ts';

type Databases = Readonly<Record<Service, Database>>;

/** Few enough that not everybody gets what they want. */
const products: readonly Product[] = [
  { productId: 1, price: 1_100, available: 8, reserved: 0, sold: 0 },
  { productId: 2, price: 2_200, available: 12, reserved: 0, sold: 0 },
];

const unused = { userId: 1, status: 'unused', orderId: null, expiresAt: null } as const;

/** The third pays for everything: then no money moves. */
const coupons: readonly Coupon[] = [
  { couponId: 1, amount: 1_000, ...unused },
  { couponId: 2, amount: 2_000, ...unused },
  { couponId: 3, amount: 10_000, ...unused },
];

/** What the databases hold before the first order: few goods, and the first rows of services that have others. */
export const plantGoods = (databases: Databases): void => {
  databases.stock.seed(productRows, products);
  databases.coupon.seed(couponRows, coupons);
  for (const { name, seed, participant } of definitions) {
    // Without the types of its rows, as tools know a participant.
    const state = participant({ env: {} }).state as Readonly<
      Record<string, { readonly rows: { readonly table: object } }>
    >;
    const rows = Object.values(state).find((part) => part.rows.table === seed?.table)?.rows;
    if (seed && rows && databases[name].rows(rows).length === 0) databases[name].seed(rows, seed.rows);
  }
};

/** Goods are with those who paid for them, and nowhere else. @throws Violation */
export const auditGoods = (databases: Databases, orders: readonly Order[]): void => {
  const paid = orders.filter(({ status }) => status === 'paid');
  for (const { productId, reserved, sold } of databases.stock.rows<Product>(productRows)) {
    const bought = paid.filter((row) => row.productId === productId).reduce((sum, row) => sum + row.productCount, 0);
    expectThat(
      reserved === 0 && sold === bought,
      () => `of product ${productId}, ${sold} are sold and ${reserved} reserved; ${bought} are paid for`,
    );
  }
  for (const { couponId, status, orderId } of databases.coupon.rows<Coupon>(couponRows)) {
    const users = paid.filter((row) => row.couponId === couponId).map((row) => row.orderId);
    expectThat(
      users.length <= 1 && (users[0] ?? null) === orderId && (status === 'used') === users.length > 0,
      () => `coupon ${couponId} is ${status} by ${orderId}; paid with it: ${users.join(', ') || 'nothing'}`,
    );
  }
};
