import { decodeEvent, encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import { appendToOutbox } from '@quadrille/db/outbox';
import { readUnpublished } from '@quadrille/db/outbox-progress';
import { noProgress } from '@quadrille/db/progress';
import { mysqlStorage } from '@quadrille/db/storage';
import { transact } from '@quadrille/db/transaction';
import { applyBatch } from '@quadrille/participant/apply';
import { arrive } from '@quadrille/participant/arrival';
import type { Participant } from '@quadrille/participant/decide';
import { definitionOf, forEachService, type Service, services } from '@quadrille/services';
import type { SubmitState } from '@quadrille/services/order/idempotency';
import { cancel, submit } from '@quadrille/services/order/rules';
import { order } from '@quadrille/services/order/store';
import { outboxRow, recordOf } from './events.ts';
import { type Scratch, scratchDatabases } from './scratch.ts';

const hour = 3_600_000;

/** The four services on databases of their own, in this process, with the test in the place of relay and Kafka. */
export type Saga = {
  readonly databases: Readonly<Record<Service, Scratch>>;
  /** All that has left the outboxes since the last `begin`, in that order. */
  readonly published: readonly Event[];
  readonly begin: () => void;
  readonly subscribersOf: (event: Event) => readonly Service[];
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
  const databases = await scratchDatabases();
  const members = forEachService((service) =>
    member(databases[service], definitionOf(service).participant({ env: { PAYMENT_EXPIRY: '1h' } })),
  );
  const published: Event[] = [];
  const publish = async (service: Service) => {
    published.push(...(await emptyOutbox(databases[service])));
  };
  const command = async (orderId: string, decide: Parameters<typeof decideOrder>[2]) => {
    await decideOrder(databases.order, orderId, decide);
    await publish('order');
  };

  return {
    databases,
    published,
    begin: () => {
      published.length = 0;
    },
    subscribersOf: ({ type }) => services.filter((service) => members[service].subscribes.has(type)),
    deliver: async (service, events) => {
      await members[service].take(events);
      await publish(service);
    },
    submit: (orderId, request) => command(orderId, (_, now) => submit(orderId, request, hour, now)),
    cancel: (orderId) => command(orderId, cancel),
    sayAsPay: async (orderId, { data, ...event }) => {
      const payload = Buffer.from(JSON.stringify(data));
      await transact(databases.pay.pool, (tx) =>
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

type ServiceHandle = {
  readonly subscribes: ReadonlySet<string>;
  readonly take: (events: readonly Event[]) => Promise<unknown>;
};

const member = <State extends object, E extends Event>(
  { pool }: Scratch,
  participant: Participant<State, E>,
): ServiceHandle => ({
  subscribes: new Set(participant.subscribes.map(({ type }) => type)),
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
