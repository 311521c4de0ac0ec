import { mostMoney } from '@quadrille/contracts/values';
import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { and, between, gt } from 'drizzle-orm';
import { decide, isForSale, type Received, type StockState, subscribes } from './rules.ts';
import { type Product, products, reservations } from './schema.ts';

export const productRows = rowsOf(products, 'productId');
export const reservationRows = rowsOf(reservations, 'orderId');

export const stock: Participant<StockState, Received> = {
  name: 'stock',
  subscribes,
  state: {
    reservation: { rows: reservationRows, key: (orderId) => orderId },
    product: {
      rows: productRows,
      key: (_orderId, event, { reservation }) =>
        reservation?.productId ?? (event?.type === 'order-created' ? event.data.productId : undefined),
    },
  },
  decide,
  status: ({ reservation }) => reservation?.status,
};

/** Products for sale by id, without a lock, for showing. */
export const readProducts = async (pool: Pool, productIds: readonly number[]): Promise<Product[]> =>
  (await productRows.read(pool, new Set(productIds))).filter(isForSale);

/** Products for sale in the order of their ids, from behind `after` on. */
export const listProducts = (pool: Pool, after: number, limit: number): Promise<Product[]> =>
  query(pool)
    .select()
    .from(products)
    .where(and(gt(products.productId, after), between(products.price, 1, mostMoney)))
    .orderBy(products.productId)
    .limit(limit);
