import type { Participant } from '@quadrille/participant/decide';
import type { SubmitState } from '@quadrille/services/order/idempotency';
import { expire as expireOrder } from '@quadrille/services/order/rules';
import type { Order } from '@quadrille/services/order/schema';
import { order } from '@quadrille/services/order/store';
import { expire as expirePayment, type PayState, type Received } from '@quadrille/services/pay/rules';
import type { Charge, Payment } from '@quadrille/services/pay/schema';
import type { Instance } from './instance.ts';
import type { Database } from './memory-storage.ts';
import type { Provider } from './provider.ts';
import type { World } from './world.ts';

/** What the services' sweepers find by SQL: read as committed, decided under the lock. */
export const expireOrders = async (
  world: World,
  database: Database,
  execute: Instance<SubmitState>['execute'],
): Promise<void> => {
  const orders = database.rows<Order>(order.state.order.rows);
  for (const { orderId } of orders.filter(({ deadline }) => deadline && deadline.getTime() <= world.now()))
    await execute({ name: 'expire', correlationId: orderId, decide: expireOrder });
};

export const seeToPayments = async (
  world: World,
  database: Database,
  pay: Participant<PayState, Received>,
  provider: Provider,
  execute: Instance<PayState>['execute'],
): Promise<void> => {
  const payments = database.rows<Payment>(pay.state.payment.rows);
  const overdue = ({ status, expiresAt }: Payment) =>
    status === 'pending' && expiresAt !== null && expiresAt.getTime() <= world.now();
  for (const { orderId } of payments.filter(overdue))
    await execute({ name: 'expire', correlationId: orderId, decide: expirePayment });
  const charges = database.rows<Charge>(pay.state.charge.rows);
  for (const charge of charges.filter(({ status }) => status === 'to-refund')) {
    await world.step();
    provider.refund(charge);
  }
};
