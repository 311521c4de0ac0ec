import { events } from '@quadrille/contracts/catalogue';
import { compensations, compensatorsOf } from '@quadrille/contracts/saga';
import type { Coupon, CouponUse } from '@quadrille/coupon/schema';
import { coupon } from '@quadrille/coupon/store';
import type { OutboxRow } from '@quadrille/db/outbox';
import { isFinal } from '@quadrille/order/rules';
import type { Order } from '@quadrille/order/schema';
import { order } from '@quadrille/order/store';
import type { Participant } from '@quadrille/participant/decide';
import type { Heard, PayState } from '@quadrille/pay/rules';
import type { Charge, Payment } from '@quadrille/pay/schema';
import { type Service, services } from '@quadrille/services';
import type { Product, Reservation } from '@quadrille/stock/schema';
import { stock } from '@quadrille/stock/store';
import type { Database } from './memory-storage.ts';
import type { ProviderCharge } from './provider.ts';
import { expectThat } from './violation.ts';
import type { Watch } from './watch.ts';

export type Evidence = {
  readonly databases: Readonly<Record<Service, Database>>;
  readonly pay: Participant<PayState, Heard>;
  readonly hears: Readonly<Record<Service, readonly { readonly type: string }[]>>;
  /** How many customers there are, each with one order. */
  readonly crowd: number;
  /** The orders of those who were answered. */
  readonly submitted: readonly string[];
  readonly charges: readonly ProviderCharge[];
  readonly watch: Watch;
};

/** All rows about orders, as they are committed. */
const readRows = ({ databases, pay }: Pick<Evidence, 'databases' | 'pay'>) => ({
  orders: databases.order.rows<Order>(order.state.order.rows),
  products: databases.stock.rows<Product>(stock.state.product.rows),
  reservations: databases.stock.rows<Reservation>(stock.state.reservation.rows),
  coupons: databases.coupon.rows<Coupon>(coupon.state.coupon.rows),
  uses: databases.coupon.rows<CouponUse>(coupon.state.use.rows),
  payments: databases.pay.rows<Payment>(pay.state.payment.rows),
  charges: databases.pay.rows<Charge>(pay.state.charge.rows),
});

/** What is not at rest yet; nothing: the books can be closed. */
export const unsettled = (evidence: Evidence & { readonly isThrough: (service: Service) => boolean }): string[] => {
  const { orders, charges } = readRows(evidence);
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
    if (!evidence.isThrough(service)) open.push(`${service} has not taken in all there is`);
  }
  return open;
};

/** Closes the books: every promise about what is left in the end. @throws Violation */
export const audit = (evidence: Evidence): void => {
  const rows = readRows(evidence);
  for (const orderId of evidence.submitted)
    expectThat(
      rows.orders.some((row) => row.orderId === orderId),
      () => `order ${orderId} was accepted, and is lost`,
    );
  expectThat(
    rows.orders.length === evidence.crowd,
    () => `${evidence.crowd} customers have ${rows.orders.length} orders`,
  );
  for (const row of rows.orders) auditOrder(row, rows, evidence);
  auditGoods(rows);
  auditEvents(evidence);
  for (const service of services) {
    const deadlocks = evidence.databases[service].deadlocks();
    expectThat(deadlocks === 0, () => `${deadlocks} deadlocks in the database of ${service}`);
  }
};

type AllRows = ReturnType<typeof readRows>;

const auditOrder = (row: Order, rows: AllRows, { charges, watch }: Evidence): void => {
  const { orderId, status } = row;
  const of = <Each extends { orderId: string | null }>(some: readonly Each[]) =>
    some.find((each) => each.orderId === orderId);
  const states = [of(rows.reservations)?.status, of(rows.uses)?.status, of(rows.payments)?.status];
  const may: readonly (readonly (string | undefined)[])[] =
    status === 'paid'
      ? [['sold'], ['used', 'none'], ['succeeded']]
      : [
          ['released', 'rejected', 'tombstone'],
          [undefined, 'released', 'rejected', 'tombstone', 'none'],
          [undefined, 'failed', 'expired', 'voided', 'refunded', 'tombstone'],
        ];
  expectThat(
    states.every((state, index) => may[index]?.includes(state)),
    () => `order ${orderId} is ${status}, but its reservation, coupon and payment are ${states.join(', ')}`,
  );
  const payment = of(rows.payments);
  const kept = charges
    .filter(({ paymentId, status }) => paymentId === payment?.paymentId && status === 'charged')
    .reduce((sum, { amount }) => sum + amount, 0);
  const due = status === 'paid' ? row.amount - row.discount : 0;
  expectThat(kept === due, () => `order ${orderId} is ${status}, and ${kept} of its money is kept in place of ${due}`);

  const undone = [...watch.said.values()].filter(
    ({ correlationId, type, payload }) =>
      correlationId === orderId && compensations.includes(type) && payload.includes('"undone"'),
  );
  for (const type of compensations) {
    const times = undone.filter((event) => event.type === type).length;
    expectThat(times <= 1, () => `${type} of order ${orderId} says ${times} times that it was undone`);
  }
};

const auditGoods = ({ orders, products, coupons }: AllRows): void => {
  const paid = orders.filter(({ status }) => status === 'paid');
  for (const { productId, reserved, sold } of products) {
    const bought = paid.filter((row) => row.productId === productId).reduce((sum, row) => sum + row.productCount, 0);
    expectThat(
      reserved === 0 && sold === bought,
      () => `of product ${productId}, ${sold} are sold and ${reserved} reserved; ${bought} are paid for`,
    );
  }
  for (const { couponId, status, orderId } of coupons) {
    const users = paid.filter((row) => row.couponId === couponId).map((row) => row.orderId);
    expectThat(
      users.length <= 1 && (users[0] ?? null) === orderId && (status === 'used') === users.length > 0,
      () => `coupon ${couponId} is ${status} by ${orderId}; paid with it: ${users.join(', ') || 'nothing'}`,
    );
  }
};

const auditEvents = ({ hears, watch, databases }: Evidence): void => {
  for (const { id, type, correlationId, publisher } of watch.said.values()) {
    for (const service of services)
      if (hears[service].some((heard) => heard.type === type)) {
        const times = watch.effects(service, id);
        expectThat(
          times === 1,
          () => `${type} ${id} of order ${correlationId} took effect ${times} times in ${service}`,
        );
        expectThat(databases[service].inbox.has(id), () => `${type} ${id} is not in the inbox of ${service}`);
      }
    if (rejections.has(type)) auditAnswers({ id, type, correlationId, publisher }, watch);
  }
};

const rejections: ReadonlySet<string> = new Set(
  events.flatMap(({ type, role }) => (role.kind === 'rejection' ? type : [])),
);

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
