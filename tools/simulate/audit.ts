import { compensations, compensatorsOf, rejections, rejectionsThroughOrder } from '@quadrille/contracts/saga';
import type { OutboxRow } from '@quadrille/db/outbox';
import { handlesWith } from '@quadrille/ops/cluster';
import { keepers } from '@quadrille/ops/kept';
import { contradictions } from '@quadrille/ops/verify/consistency';
import type { KeptRow } from '@quadrille/participant/per-order';
import { type Service, services } from '@quadrille/services';
import { isFinal } from '@quadrille/services/order/rules';
import type { Order } from '@quadrille/services/order/schema';
import { orderRows } from '@quadrille/services/order/store';
import type { Charge, Payment } from '@quadrille/services/pay/schema';
import { chargeRows } from '@quadrille/services/pay/store';
import { auditGoods } from './goods.ts';
import type { Database } from './memory-storage.ts';
import type { ProviderCharge } from './provider.ts';
import { expectThat } from './violation.ts';
import type { Watch } from './watch.ts';

const handles = handlesWith({ env: {} });

export type Evidence = {
  readonly databases: Readonly<Record<Service, Database>>;
  /** How many customers there are, each with one order. */
  readonly crowd: number;
  /** The orders of those who were answered. */
  readonly submitted: readonly string[];
  readonly charges: readonly ProviderCharge[];
  readonly watch: Watch;
};

const ordersOf = ({ databases }: Pick<Evidence, 'databases'>) => databases.order.rows<Order>(orderRows);

/** What is not at rest yet; nothing: the run can be audited. */
export const unsettled = (evidence: Evidence & { readonly isThrough: (service: Service) => boolean }): string[] => {
  const orders = ordersOf(evidence);
  const charges = evidence.databases.pay.rows<Charge>(chargeRows);
  const open = [
    ...(evidence.submitted.length < evidence.crowd ? ['a customer has no answer yet'] : []),
    ...orders.filter((row) => !isFinal(row)).map(({ orderId, status }) => `order ${orderId} is ${status}`),
    ...charges.filter(({ status }) => status === 'to-refund').map(({ orderId }) => `order ${orderId} waits for money`),
    ...evidence.charges
      .filter(({ told }) => !told)
      .map(({ status }) => `a charge is ${status}, and the shop does not know`),
  ];
  for (const service of services) {
    const { outbox, parked } = evidence.databases[service];
    if (outbox.length > 0) open.push(`${outbox.length} in the outbox of ${service}`);
    for (const { eventId, cause } of parked()) open.push(`${eventId} is parked by ${service}: ${cause}`);
    if (!evidence.isThrough(service)) open.push(`${service} has not processed all there is`);
  }
  return open;
};

/** Every promise about what is left in the end. @throws Violation */
export const audit = (evidence: Evidence): void => {
  const orders = ordersOf(evidence);
  for (const orderId of evidence.submitted)
    expectThat(
      orders.some((row) => row.orderId === orderId),
      () => `order ${orderId} was accepted, and is lost`,
    );
  expectThat(orders.length === evidence.crowd, () => `${evidence.crowd} customers have ${orders.length} orders`);
  for (const row of orders) auditOrder(row, evidence);
  auditGoods(evidence.databases, orders);
  auditEvents(evidence);
  for (const service of services) {
    const deadlocks = evidence.databases[service].deadlocks();
    expectThat(deadlocks === 0, () => `${deadlocks} deadlocks in the database of ${service}`);
  }
};

const auditOrder = (row: Order, { databases, charges, watch }: Evidence): void => {
  const { orderId, status } = row;
  const kept: Partial<Record<Service, KeptRow>> = {};
  for (const { service, perOrder } of keepers)
    for (const each of databases[service].rows<KeptRow>(perOrder.rows))
      if (each.orderId === orderId) kept[service] = each;
  const wrong = contradictions(kept);
  expectThat(wrong.length === 0, () => `order ${orderId}: ${wrong.join('; ')}`);

  const { paymentId } = (kept.pay ?? {}) as Partial<Payment>;
  const money = charges
    .filter((charge) => charge.paymentId === paymentId && charge.status === 'charged')
    .reduce((sum, { amount }) => sum + amount, 0);
  const due = status === 'paid' ? row.amount - row.discount : 0;
  expectThat(
    money === due,
    () => `order ${orderId} is ${status}, and ${money} of its money is kept in place of ${due}`,
  );

  const undone = [...watch.said.values()].filter(
    ({ correlationId, type, payload }) =>
      correlationId === orderId && compensations.includes(type) && payload.includes('"undone"'),
  );
  for (const type of compensations) {
    const times = undone.filter((event) => event.type === type).length;
    expectThat(times <= 1, () => `${type} of order ${orderId} says ${times} times that it was undone`);
  }
};

const auditEvents = ({ watch, databases }: Evidence): void => {
  for (const { id, type, correlationId, publisher } of watch.said.values()) {
    for (const service of services)
      if (handles[service].subscribes.has(type)) {
        const times = watch.effects(service, id);
        expectThat(
          times === 1,
          () => `${type} ${id} of order ${correlationId} took effect ${times} times in ${service}`,
        );
        expectThat(databases[service].inbox.has(id), () => `${type} ${id} is not in the inbox of ${service}`);
      }
    // The others learn of a rejection through the order service by its order-cancelled.
    if (rejections.includes(type) && !rejectionsThroughOrder.includes(type))
      auditAnswers({ id, type, correlationId, publisher }, watch);
  }
};

/** Every service that has something to undo has said that it did, because of this very event, or of what money came back. */
const auditAnswers = (
  rejection: Pick<OutboxRow, 'id' | 'type' | 'correlationId' | 'publisher'>,
  { said }: Watch,
): void => {
  const answers = [...said.values()].filter(
    ({ type, correlationId }) => correlationId === rejection.correlationId && compensations.includes(type),
  );
  for (const service of compensatorsOf(rejection.publisher))
    expectThat(
      answers.some(
        ({ publisher, causationId, type }) =>
          publisher === service && (causationId === rejection.id || type === 'payment-refunded'),
      ),
      () => `${service} never answered ${rejection.type} of order ${rejection.correlationId}`,
    );
};
