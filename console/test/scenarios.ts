import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { couponApplied, couponRejected, couponReleased } from '@quadrille/contracts/coupon-events';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import {
  paymentCreated,
  paymentExpired,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  paymentVoided,
} from '@quadrille/contracts/payment-events';
import { stockRejected, stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
import type { Reason } from '@quadrille/contracts/values';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import type { Random } from '../../test/support/random.ts';
import { firstIdOf } from '../projection/retention.ts';

/** What happens to an order, as the events that tell of it. */
export const kinds = [
  'submitted',
  'reserved',
  'applied',
  'placed',
  'paid',
  'out of stock',
  'coupon refused',
  'declined',
  'expired',
  'cancelled at once',
  'cancelled when placed',
  'cancelled, then paid',
  'cancelled, stock away',
] as const;
export type Kind = (typeof kinds)[number];

export type Timeline = { readonly orderId: string; readonly events: readonly Event[] };

const reason = (code: string, message: string, step: Reason['step']): Reason => ({ code, message, step });
const cause = {
  stock: reason('insufficient-stock', '1000 wanted, 99 available', 'stock'),
  coupon: reason('coupon-used', 'coupon 1 is used', 'coupon'),
  declined: reason('payment-declined', 'the customer declined the payment', 'pay'),
  late: reason('payment-expired', 'the order was not paid in time', 'pay'),
  user: reason('cancelled-by-user', 'the user cancelled the order', 'order'),
};
const undone = { outcome: 'undone' } as const;
const nothing = { outcome: 'nothing-to-undo' } as const;

/** A random UUIDv7 of that moment. */
export const idAt = (random: Random, at: number): string => {
  const hex = (digits: number) => Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
  return `${firstIdOf(new Date(at)).slice(0, 14)}7${hex(3)}-8${hex(3)}-${hex(12)}`;
};

export const tell = (
  random: Random,
  kind: Kind,
  at: number,
  about: { userId?: number; productId?: number } = {},
): Timeline => {
  const orderId = idAt(random, at);
  const trace = idAt(random, at).replaceAll('-', '');
  const events: Event[] = [];
  const say = (event: NewEvent, because?: Event, later = 5 + random.below(60)): Event => {
    const time = (because ? Date.parse(because.time) : at) + (events.length === 0 ? 0 : later);
    const said: Event = {
      ...event,
      id: idAt(random, time),
      time: new Date(time).toISOString(),
      correlationId: orderId,
      causationId: because?.id ?? null,
      traceparent: `00-${trace}-${trace.slice(16)}-01`,
    };
    events.push(said);
    return said;
  };
  const { userId = 1 + random.below(500), productId = 1 + random.below(40) } = about;
  const order = { userId, productId, productCount: 1 + random.below(3), amount: 1100, couponId: 1 };
  const paymentId = idAt(random, at);

  const created = say(orderCreated.of(order));
  const reserve = () => say(stockReserved.of(order), created);
  const apply = (reserved: Event) => say(couponApplied.of({ ...order, discount: 1000 }), reserved);
  const place = () => {
    const expiresAt = new Date(at + 1_800_000).toISOString();
    return say(paymentCreated.of({ paymentId, amount: 100, discount: 1000, expiresAt }), apply(reserve()));
  };
  const cancel = (later: number) => say(orderCancelled.of({ reason: cause.user }), undefined, later);
  const giveBack = (because: Event) => {
    say(stockReleased.of(undone), because);
    say(couponReleased.of(undone), because);
  };

  switch (kind) {
    case 'submitted':
      break;
    case 'reserved':
      reserve();
      break;
    case 'applied':
      apply(reserve());
      break;
    case 'placed':
      place();
      break;
    case 'paid':
      place();
      say(paymentSucceeded.of({ paymentId, amount: 100 }), undefined, 20_000 + random.below(90_000));
      break;
    case 'out of stock':
      say(stockRejected.of({ reason: cause.stock }), created);
      break;
    case 'coupon refused':
      say(stockReleased.of(undone), say(couponRejected.of({ reason: cause.coupon }), reserve()));
      break;
    case 'declined':
      place();
      giveBack(say(paymentFailed.of({ paymentId, reason: cause.declined }), undefined, 15_000));
      break;
    case 'expired':
      place();
      giveBack(say(paymentExpired.of({ paymentId, reason: cause.late }), undefined, 1_800_000));
      break;
    case 'cancelled at once': {
      const cancelled = cancel(30);
      say(stockReleased.of(nothing), cancelled);
      say(couponReleased.of(nothing), cancelled);
      say(paymentVoided.of(nothing), cancelled);
      break;
    }
    case 'cancelled when placed': {
      place();
      const cancelled = cancel(8_000);
      giveBack(cancelled);
      say(paymentVoided.of(undone), cancelled);
      break;
    }
    case 'cancelled, then paid': {
      place();
      say(paymentSucceeded.of({ paymentId, amount: 100 }), undefined, 9_000);
      const cancelled = cancel(8_990);
      giveBack(cancelled);
      say(paymentRefunded.of({ paymentId, amount: 100 }), cancelled, 2_000);
      break;
    }
    case 'cancelled, stock away': {
      const cancelled = cancel(9_000);
      say(couponReleased.of(nothing), cancelled);
      say(paymentVoided.of(nothing), cancelled);
      break;
    }
  }
  return { orderId, events };
};

/** An event as Kafka delivers it. */
export const recordOf = (event: Event, offset = 0): IncomingRecord => {
  const { key, headers, value } = encodeEvent(event, encodeData(event.data));
  const partition = Number.parseInt(event.correlationId.slice(-2), 16) % 6;
  return { topic: event.topic, partition, offset: String(offset), key: Buffer.from(key), headers, value };
};
