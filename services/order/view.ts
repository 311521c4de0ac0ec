import type { OrderView, WaitUntil } from '@quadrille/contracts/orders-http';
import { awaitedSteps, forwardSteps } from '@quadrille/contracts/saga';
import { isFinal, pendingCompensations } from './rules.ts';
import type { Order } from './schema.ts';

/** An order as others see it. */
export const toView = (order: Order): OrderView => ({
  orderId: order.orderId,
  userId: order.userId,
  productId: order.productId,
  productCount: order.productCount,
  amount: order.amount,
  couponId: order.couponId,
  discount: order.discount,
  status: order.status,
  final: isFinal(order),
  version: order.version,
  reason:
    order.reasonCode && order.reasonMessage && order.reasonStep
      ? { code: order.reasonCode, message: order.reasonMessage, step: order.reasonStep }
      : null,
  pendingCompensations: [...pendingCompensations(order)],
  owed: [...pendingCompensations(order)],
  awaitedSteps: forwardSteps
    .filter(({ type }) => awaitedSteps.includes(type))
    .map((step) => ({ ...step, happened: order.happened?.includes(step.type) ?? false })),
  payment:
    order.paymentId && order.paymentAmount !== null && order.paymentExpiresAt
      ? { paymentId: order.paymentId, amount: order.paymentAmount, expiresAt: order.paymentExpiresAt.toISOString() }
      : null,
  submittedAt: order.submittedAt.toISOString(),
  placedAt: order.placedAt?.toISOString() ?? null,
  finishedAt: order.finishedAt?.toISOString() ?? null,
  updatedAt: order.updatedAt.toISOString(),
});

/** Whether an order has come to what its watcher waits for. `version`: what the watcher has seen already. */
export const hasReached = (order: Order, until: WaitUntil, version: number): boolean => {
  if (until === 'final') return isFinal(order);
  if (until === 'placed') return order.placedAt !== null || order.status === 'cancelling' || isFinal(order);
  return order.version !== version || isFinal(order);
};
