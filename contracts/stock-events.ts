import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { orderCreated } from './order-events.ts';
import { count, id, money, reason, undone } from './values.ts';

const stock = publisherOf('stock', 'stock-events');

/** The goods are set aside for this order. Carries what the coupon step needs, so that it need not ask anyone. */
export const stockReserved = stock(
  'stock-reserved',
  1,
  { kind: 'forward', after: orderCreated },
  z.object({ userId: id, productId: id, productCount: count, amount: money, couponId: id.or(z.literal(0)) }),
);
export type StockReserved = EventOf<typeof stockReserved>;

/** Nothing was set aside: unknown product, not for sale, not enough, or the amount is not price x count. */
export const stockRejected = stock(
  'stock-rejected',
  1,
  { kind: 'rejection', insteadOf: stockReserved },
  z.object({ reason }),
);
export type StockRejected = EventOf<typeof stockRejected>;

/** The answer to a compensation, also when there was nothing to give back. */
export const stockReleased = stock(
  'stock-released',
  1,
  { kind: 'compensation', undoes: stockReserved },
  z.object({ outcome: undone }),
);
export type StockReleased = EventOf<typeof stockReleased>;
