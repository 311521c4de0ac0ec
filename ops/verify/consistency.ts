import type { OrderView } from '@quadrille/contracts/orders-http';
import type { Service } from '@quadrille/services';
import { type Kept, keepers, orderOf } from '../kept.ts';

type Contradiction = { readonly service: Service; readonly what: string };

/**
 * Where services do not agree about an order, one sentence each. While events of the order are under way they need not; an order that is
 * neither placed nor at its end is judged by what it waits for, not by this.
 */
export const contradictions = (kept: Kept): string[] => findContradictions(kept).map(({ what }) => what);

/** The same, each with the service whose row does not agree with the order. */
export const findContradictions = (kept: Kept): Contradiction[] => {
  const order = orderOf(kept);
  switch (order?.status) {
    case undefined:
      return unknownToOrder(kept);
    case 'cancelled':
      return leftOver(kept);
    case 'awaiting-payment':
    case 'paid':
      return differences(order, kept);
    default:
      return [];
  }
};

/** It will move yet. */
export const isUnfinished = (kept: Kept, now: Date): boolean => {
  const order = orderOf(kept);
  if (!order) return false;
  if (order.status === 'awaiting-payment') return order.payment !== null && new Date(order.payment.expiresAt) < now;
  return !order.final;
};

/** With what they keep: an order that was accepted as it is must not hide what comes to it later. */
const unknownToOrder = (kept: Kept): Contradiction[] =>
  keepers.flatMap(({ service, perOrder }) => {
    const row = kept[service];
    return row ? { service, what: `${service} knows it (${perOrder.keeps(row)}), order does not` } : [];
  });

const leftOver = (kept: Kept): Contradiction[] =>
  keepers.flatMap(({ service, perOrder }) => {
    const row = kept[service];
    const left = row && perOrder.leftOver(row);
    return left ? { service, what: `cancelled, but ${left}` } : [];
  });

const differences = (order: OrderView, kept: Kept): Contradiction[] =>
  keepers.flatMap(({ service, perOrder }) =>
    perOrder
      .facts(kept[service], order)
      .filter(([, is, shouldBe]) => is !== shouldBe)
      .map(([what, is, shouldBe]) => ({
        service,
        what: `${order.status}, but ${what} is ${is ?? 'missing'} where it should be ${shouldBe}`,
      })),
  );
