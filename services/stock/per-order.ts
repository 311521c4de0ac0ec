import type { OwnChecks, PerOrder } from '@quadrille/participant/per-order';
import type { Reservation } from './schema.ts';
import { reservationRows } from './store.ts';

const isHolding = ({ status }: Reservation): boolean => status === 'reserved' || status === 'sold';

/** The reservation of an order. */
export const perOrder: PerOrder<Reservation> = {
  rows: reservationRows,
  keeps: ({ status, productCount, productId }) => `${status}: ${productCount} of product ${productId ?? 'none'}`,
  facts: (row, { status, productId, productCount }) => [
    ['its reservation', row?.status, status === 'paid' ? 'sold' : 'reserved'],
    ...(row
      ? ([
          ['the product reserved', row.productId, productId],
          ['the count reserved', row.productCount, productCount],
        ] as const)
      : []),
  ],
  leftOver: (row) =>
    isHolding(row) ? `${row.productCount} of product ${row.productId} are ${row.status} for it` : null,
};

const reservedUnits = (status: Reservation['status']) =>
  `(SELECT product_id, SUM(product_count) AS units FROM reservations WHERE status = '${status}' GROUP BY product_id)`;

/** Each product's counts against its reservations. */
export const ownChecks: OwnChecks = {
  contradictions: [
    `SELECT CONCAT('product ', product_id, ': ', available, ' available, ', reserved, ' reserved, ', sold, ' sold: none can be below 0') AS what
     FROM products WHERE available < 0 OR reserved < 0 OR sold < 0`,
    ...(['reserved', 'sold'] as const).flatMap((status) => [
      `SELECT CONCAT('product ', p.product_id, ': ', p.${status}, ' ${status}, but its reservations are ', COALESCE(r.units, 0)) AS what
       FROM products p LEFT JOIN ${reservedUnits(status)} r USING (product_id) WHERE p.${status} <> COALESCE(r.units, 0)`,
      `SELECT CONCAT(r.units, ' of product ', r.product_id, ' are ${status}, which is no product') AS what
       FROM ${reservedUnits(status)} r LEFT JOIN products p USING (product_id) WHERE p.product_id IS NULL`,
    ]),
  ],
};
