import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { decide, type Heard, hears, type StockState } from './rules.ts';
import { products, reservations } from './schema.ts';

export const stock: Participant<StockState, Heard> = {
  name: 'stock',
  hears,
  state: {
    reservation: { rows: rowsOf(reservations, 'orderId'), key: (orderId) => orderId },
    product: {
      rows: rowsOf(products, 'productId'),
      key: (_orderId, event, { reservation }) =>
        reservation?.productId ?? (event?.type === 'order-created' ? event.data.productId : undefined),
    },
  },
  decide,
  status: ({ reservation }) => reservation?.status,
};
