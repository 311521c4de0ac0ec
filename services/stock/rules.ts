import { couponRejected } from '@quadrille/contracts/coupon-events';
import type { EventOf } from '@quadrille/contracts/event';
import { type OrderCreated, orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { paymentExpired, paymentFailed, paymentSucceeded } from '@quadrille/contracts/payment-events';
import { stockRejected, stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
import { price, type Reason } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Product, Reservation } from './schema.ts';

export type StockState = { readonly reservation: Reservation | undefined; readonly product: Product | undefined };

export const subscribes = [
  orderCreated,
  couponRejected,
  paymentSucceeded,
  paymentFailed,
  paymentExpired,
  orderCancelled,
];
export type Received = EventOf<(typeof subscribes)[number]>;

export const decide = (state: StockState, event: Received, now: Date): Decision<StockState> => {
  switch (event.type) {
    case 'order-created':
      return reserve(state, event, now);
    case 'payment-succeeded':
      return sell(state, now);
    case 'coupon-rejected':
    case 'payment-failed':
    case 'payment-expired':
    case 'order-cancelled':
      return release(state, event.correlationId, now);
  }
};

/** Sets the goods aside, or says why not. An order we know already, even only as a tombstone, is left alone. */
const reserve = ({ reservation, product }: StockState, order: OrderCreated, now: Date): Decision<StockState> => {
  if (reservation) return nothing;
  const { productId, productCount } = order.data;
  const refusal = refuse(product, order);
  const entry = { orderId: order.correlationId, productId, productCount, updatedAt: now };
  if (refusal || !product)
    return {
      state: { reservation: { ...entry, status: 'rejected' } },
      emit: [stockRejected.of({ reason: refusal ?? unknownProduct(productId) })],
    };
  return {
    state: {
      reservation: { ...entry, status: 'reserved' },
      product: { ...product, available: product.available - productCount, reserved: product.reserved + productCount },
    },
    emit: [stockReserved.of(order.data)],
  };
};

/** A product without a price that an order can have (0, say) is not for sale: it is neither shown nor reserved. */
export const isForSale = (product: Pick<Product, 'price'>): boolean => price.safeParse(product.price).success;

const refuse = (product: Product | undefined, { data }: OrderCreated): Reason | null => {
  if (!product) return unknownProduct(data.productId);
  if (!isForSale(product))
    return { code: 'not-for-sale', message: `product ${data.productId} is not for sale`, step: 'stock' };
  if (data.amount !== product.price * data.productCount)
    return {
      code: 'amount-mismatch',
      message: `the amount must be ${product.price} x ${data.productCount} = ${product.price * data.productCount}`,
      step: 'stock',
    };
  if (product.available < data.productCount)
    return {
      code: 'insufficient-stock',
      message: `${data.productCount} wanted, ${product.available} available`,
      step: 'stock',
    };
  return null;
};

const unknownProduct = (productId: number): Reason => ({
  code: 'unknown-product',
  message: `there is no product ${productId}`,
  step: 'stock',
});

/** The payment went through: what was set aside is sold. A reservation that is gone was cancelled, and stays so. */
const sell = ({ reservation, product }: StockState, now: Date): Decision<StockState> => {
  if (reservation?.status !== 'reserved' || !product) return nothing;
  const { productCount } = reservation;
  return {
    state: {
      reservation: { ...reservation, status: 'sold', updatedAt: now },
      product: { ...product, reserved: product.reserved - productCount, sold: product.sold + productCount },
    },
  };
};

/** Gives back exactly what this order holds, and answers in any case. An order not received yet leaves a tombstone. */
const release = ({ reservation, product }: StockState, orderId: string, now: Date): Decision<StockState> => {
  if (!reservation) {
    const tombstone = { orderId, productId: null, productCount: 0, status: 'tombstone', updatedAt: now } as const;
    return { state: { reservation: tombstone }, emit: [stockReleased.of({ outcome: 'nothing-to-undo' })] };
  }
  const holding = reservation.status === 'reserved' ? 'reserved' : reservation.status === 'sold' ? 'sold' : null;
  if (!holding || !product) return { emit: [stockReleased.of({ outcome: 'nothing-to-undo' })] };
  const { productCount } = reservation;
  return {
    state: {
      reservation: { ...reservation, status: 'released', updatedAt: now },
      product: { ...product, available: product.available + productCount, [holding]: product[holding] - productCount },
    },
    emit: [stockReleased.of({ outcome: 'undone' })],
  };
};
