import * as coupon from '../coupon-events.ts';
import type { Event, NewEvent } from '../event.ts';
import * as order from '../order-events.ts';
import * as payment from '../payment-events.ts';
import * as stock from '../stock-events.ts';

const paymentId = '01990000-0000-7000-8000-0000000000b1';
const paid = { paymentId, amount: 100 };
const applied = {
  ...{ userId: 1, productId: 1, productCount: 1 },
  ...{ couponId: 1, amount: 1_000_000_000_000, discount: 1000 },
};

/** What travels beside an event; `golden/` holds each of these with it, as it lies in Kafka. */
export const travelling = <Type extends string, Data>(
  event: NewEvent<Type, Data>,
  causationId: string | null = '01990000-0000-7000-8000-0000000000c1',
): Event<Type, Data> => ({
  ...event,
  id: '01990000-0000-7000-8000-0000000000e1',
  time: '2025-09-01T12:00:00.001Z',
  correlationId: '01990000-0000-7000-8000-0000000000a1',
  causationId,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

/** One event of the newest version of each type. Neither these nor their files may change: Kafka still holds such ones. */
export const goldenEvents: readonly Event[] = [
  travelling(order.orderCreated.of({ userId: 1, productId: 2, productCount: 3, amount: 6600, couponId: 0 }), null),
  travelling(
    order.orderCancelled.of({ reason: { code: 'cancelled-by-user', message: 'ü "🔑" \\', step: 'order' } }),
    null,
  ),
  travelling(stock.stockReserved.of({ userId: 1, productId: 2, productCount: 3, amount: 6600, couponId: 1 })),
  travelling(
    stock.stockRejected.of({ reason: { code: 'unknown-product', message: 'there is no product 9', step: 'stock' } }),
  ),
  travelling(stock.stockReleased.of({ outcome: 'undone' })),
  travelling(coupon.couponApplied.of(applied)),
  travelling(
    coupon.couponRejected.of({ reason: { code: 'coupon-used', message: 'coupon 1 has been used', step: 'coupon' } }),
  ),
  travelling(coupon.couponReleased.of({ outcome: 'nothing-to-undo' })),
  travelling(payment.paymentCreated.of({ ...paid, discount: 1000, expiresAt: '2025-09-01T12:15:00.000Z' })),
  travelling(payment.paymentSucceeded.of(paid)),
  travelling(
    payment.paymentFailed.of({ paymentId, reason: { code: 'declined', message: 'the bank declined', step: 'pay' } }),
  ),
  travelling(
    payment.paymentExpired.of({ paymentId, reason: { code: 'unpaid', message: 'nobody paid in time', step: 'pay' } }),
  ),
  travelling(payment.paymentVoided.of({ outcome: 'undone' })),
  travelling(payment.paymentRefunded.of(paid)),
];

/**
 * Files of older versions, and the event as which each is read today. The files never change; an event changes when its type has one more
 * version. `TYPE.vN.json`, or `TYPE.vN-WHAT.json` where a version came in several forms.
 */
export const goldenOlder: Readonly<Record<string, Event>> = {
  'coupon-applied.v1': travelling(coupon.couponApplied.of(applied)),
  'coupon-applied.v1-without-product': travelling(
    coupon.couponApplied.of({ ...applied, productId: null, productCount: null }),
  ),
};
