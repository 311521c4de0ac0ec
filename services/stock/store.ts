import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { gt } from 'drizzle-orm';
import { decide, type Heard, hears, type StockState } from './rules.ts';
import { type Product, products, reservations } from './schema.ts';

const rows = rowsOf(products, 'productId');

export const stock: Participant<StockState, Heard> = {
  name: 'stock',
  hears,
  state: {
    reservation: { rows: rowsOf(reservations, 'orderId'), key: (orderId) => orderId },
    product: {
      rows,
      key: (_orderId, event, { reservation }) =>
        reservation?.productId ?? (event?.type === 'order-created' ? event.data.productId : undefined),
    },
  },
  decide,
  status: ({ reservation }) => reservation?.status,
};

/** Products by id, without a lock, for showing. */
export const readProducts = (pool: Pool, productIds: readonly number[]): Promise<Product[]> =>
  rows.read(pool, new Set(productIds));

/** Products in the order of their ids, from behind `after` on. */
export const listProducts = (pool: Pool, after: number, limit: number): Promise<Product[]> =>
  query(pool).select().from(products).where(gt(products.productId, after)).orderBy(products.productId).limit(limit);
