import type { EventOf } from '@quadrille/contracts/event';
import { shipmentCancelled, shipmentCreated, shipmentRefused } from '@quadrille/contracts/logistics-events';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { paymentSucceeded } from '@quadrille/contracts/payment-events';
import type { Reason } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Address, LogisticsOrder } from './schema.ts';

export type LogisticsState = { readonly entry: LogisticsOrder | undefined; readonly address: Address | undefined };

/** The shipment is made once both have come, in whatever order. */
const awaited = ['order-created', 'payment-succeeded'];

export const subscribes = [orderCreated, paymentSucceeded, orderCancelled];
export type Received = EventOf<(typeof subscribes)[number]>;

export const decide = (state: LogisticsState, event: Received, now: Date): Decision<LogisticsState> => {
  switch (event.type) {
    case 'order-created':
    case 'payment-succeeded':
      return ship(state, event, now);
    case 'order-cancelled':
      return undo(state, event.correlationId, now);
  }
};

/** Who ordered: `order-created` tells it, and the row remembers it. */
export const userOf = (entry: LogisticsOrder | undefined, event: Received | null): number | null =>
  entry?.userId ?? (event?.type === 'order-created' ? event.data.userId : null);

/** Makes the shipment of an order, once. An order that is known already, even only as a tombstone, is left alone. */
const ship = ({ entry, address }: LogisticsState, event: Received, now: Date): Decision<LogisticsState> => {
  if (entry && (entry.status !== 'waiting' || entry.seen.includes(event.type))) return nothing;
  const seen = [...(entry?.seen ?? []), event.type];
  const row = { orderId: event.correlationId, seen, userId: userOf(entry, event), trackingId: null, updatedAt: now };
  if (!awaited.every((type) => seen.includes(type))) return { state: { entry: { ...row, status: 'waiting' } } };
  if (!address)
    return {
      state: { entry: { ...row, status: 'rejected' } },
      emit: [shipmentRefused.of({ reason: unknownAddress(row.userId) })],
    };
  const trackingId = `Q${event.correlationId.slice(-12).toUpperCase()}`;
  return { state: { entry: { ...row, trackingId, status: 'done' } }, emit: [shipmentCreated.of({ trackingId })] };
};

const unknownAddress = (userId: number | null): Reason => ({
  code: 'unknown-address',
  message: `there is no address of user ${userId}`,
  step: 'logistics',
});

/** Calls the shipment of this order back, and answers in any case. An order not paid yet leaves a tombstone. */
const undo = ({ entry }: LogisticsState, orderId: string, now: Date): Decision<LogisticsState> => {
  if (!entry || entry.status === 'waiting') {
    const row = { orderId, seen: [], userId: null, trackingId: null, updatedAt: now };
    return {
      state: { entry: { ...row, status: 'tombstone' } },
      emit: [shipmentCancelled.of({ outcome: 'nothing-to-undo' })],
    };
  }
  if (entry.status !== 'done') return { emit: [shipmentCancelled.of({ outcome: 'nothing-to-undo' })] };
  return {
    state: { entry: { ...entry, status: 'undone', updatedAt: now } },
    emit: [shipmentCancelled.of({ outcome: 'undone' })],
  };
};
