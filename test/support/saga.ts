import { decodeEvent, encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import { coupon } from '@quadrille/coupon/store';
import { appendToOutbox } from '@quadrille/db/outbox';
import { readUnpublished } from '@quadrille/db/outbox-progress';
import { noProgress } from '@quadrille/db/progress';
import { mysqlStorage } from '@quadrille/db/storage';
import { transact } from '@quadrille/db/transaction';
import type { SubmitState } from '@quadrille/order/idempotency';
import { cancel, submit } from '@quadrille/order/rules';
import { order } from '@quadrille/order/store';
import { applyBatch } from '@quadrille/participant/apply';
import { arrive } from '@quadrille/participant/arrival';
import type { Participant } from '@quadrille/participant/decide';
import { payWith } from '@quadrille/pay/store';
import type { Service } from '@quadrille/services';
import { stock } from '@quadrille/stock/store';
import { outboxRow, recordOf } from './events.ts';
import { type Scratch, scratchDatabase } from './scratch.ts';

const hour = 3_600_000;

/** The four services on databases of their own, in this process, with the test in the place of relay and Kafka. */
export type Saga = {
  readonly databases: Readonly<Record<Service, Scratch>>;
  /** All that has left the outboxes since the last `begin`, in that order. */
  readonly published: readonly Event[];
  readonly begin: () => void;
  readonly hearersOf: (event: Event) => readonly Service[];
  /** Delivers events to a service in one transaction, and publishes what it says. */
  readonly deliver: (service: Service, events: readonly Event[]) => Promise<void>;
  readonly submit: (orderId: string, request: SubmitOrder) => Promise<void>;
  readonly cancel: (orderId: string) => Promise<void>;
  /** What a payment provider has pay say. */
  readonly sayAsPay: (orderId: string, event: NewEvent) => Promise<void>;
  /** Empties the inboxes. */
  readonly forget: () => Promise<void>;
  readonly drop: () => Promise<void>;
};

export const startSaga = async (): Promise<Saga> => {
  const [ofOrder, ofStock, ofCoupon, ofPay] = await Promise.all(
    (['order', 'stock', 'coupon', 'pay'] as const).map(scratchDatabase),
  );
  if (!ofOrder || !ofStock || !ofCoupon || !ofPay) throw new Error('four databases');
  const databases = { order: ofOrder, stock: ofStock, coupon: ofCoupon, pay: ofPay };
  const members: Record<Service, ServiceHandle> = {
    order: member(ofOrder, order),
    stock: member(ofStock, stock),
    coupon: member(ofCoupon, coupon),
    pay: member(ofPay, payWith(hour)),
  };
  const published: Event[] = [];
  const publish = async (service: Service) => {
    published.push(...(await emptyOutbox(databases[service])));
  };
  const command = async (orderId: string, decide: Parameters<typeof decideOrder>[2]) => {
    await decideOrder(ofOrder, orderId, decide);
    await publish('order');
  };

  return {
    databases,
    published,
    begin: () => {
      published.length = 0;
    },
    hearersOf: ({ type }) => services.filter((service) => members[service].hears.has(type)),
    deliver: async (service, events) => {
      await members[service].take(events);
      await publish(service);
    },
    submit: (orderId, request) => command(orderId, (_, now) => submit(orderId, request, hour, now)),
    cancel: (orderId) => command(orderId, cancel),
    sayAsPay: async (orderId, { data, ...event }) => {
      const payload = Buffer.from(JSON.stringify(data));
      await transact(ofPay.pool, (tx) =>
        appendToOutbox(tx, [outboxRow({ ...event, payload, correlationId: orderId })]),
      );
      await publish('pay');
    },
    forget: async () => {
      for (const { pool } of Object.values(databases)) await pool.query('DELETE FROM inbox');
    },
    drop: async () => {
      for (const database of Object.values(databases)) await database.drop();
    },
  };
};

const services = ['order', 'stock', 'coupon', 'pay'] as const;

type ServiceHandle = {
  readonly hears: ReadonlySet<string>;
  readonly take: (events: readonly Event[]) => Promise<unknown>;
};

const member = <State extends object, E extends Event>(
  { pool }: Scratch,
  participant: Participant<State, E>,
): ServiceHandle => ({
  hears: new Set(participant.hears.map(({ type }) => type)),
  take: (events) =>
    applyBatch(
      mysqlStorage(pool),
      participant,
      events.map((event) => arrive(participant, recordOf(event))),
    ),
});

const decideOrder = (
  { pool }: Scratch,
  orderId: string,
  decide: (state: SubmitState, now: Date) => ReturnType<typeof cancel>,
) =>
  applyBatch(mysqlStorage(pool), order, [
    { name: 'command', correlationId: orderId, event: null, delivery: null, traceparent: undefined, decide },
  ]);

/** Through the bytes that Kafka would carry. */
const emptyOutbox = async ({ pool }: Scratch): Promise<Event[]> => {
  const rows = await readUnpublished(pool, noProgress, 10_000);
  if (rows.length > 0) await pool.query('DELETE FROM outbox WHERE seq <= ?', [rows.at(-1)?.seq]);
  return rows.map((row) => {
    const { key, ...record } = encodeEvent(row, row.payload);
    return decodeEvent(row.topic, { key: Buffer.from(key), ...record });
  });
};
