import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { mysqlStorage } from '@quadrille/db/storage';
import { select } from '@quadrille/ops/select';
import { openSite, type Site } from '@quadrille/ops/site';
import type { SubmitState } from '@quadrille/order/idempotency';
import { cancel, submit } from '@quadrille/order/rules';
import { order } from '@quadrille/order/store';
import { applyBatch } from '@quadrille/participant/apply';
import type { Decision, Participant } from '@quadrille/participant/decide';
import type { Delivered } from '@quadrille/participant/input';
import type { PayState } from '@quadrille/pay/rules';
import { payWith } from '@quadrille/pay/store';
import type { Service } from '@quadrille/services';
import { brokers, type Scratch, scratchDatabase, scratchName } from './scratch.ts';

const hour = 3_600_000;
const services = ['order', 'stock', 'coupon', 'pay'] as const;

/** An event on its way to a service. */
export type Delivery = { readonly service: Service; readonly row: OutboxRow; readonly record: Delivered };

/** The four services on databases of their own, in this process, as people see them who look after them. The test is relay and Kafka. */
export type TestSite = {
  readonly site: Site;
  readonly databases: Readonly<Record<Service | 'ops', Scratch>>;
  readonly submit: (orderId: string, request: SubmitOrder) => Promise<void>;
  readonly cancel: (orderId: string) => Promise<void>;
  /** What a person, a provider or the clock makes of an order's payment. */
  readonly pay: (
    orderId: string,
    decide: (state: PayState, now: Date) => Decision<PayState>,
    chargeId?: string,
  ) => Promise<void>;
  /**
   * Publishes and delivers until nothing is left.
   * @param meddle what arrives in place of a delivery; null: it is lost
   */
  readonly run: (meddle?: (delivery: Delivery) => Delivered | null) => Promise<void>;
  readonly drop: () => Promise<void>;
};

export const startTestSite = async (): Promise<TestSite> => {
  const [ofOrder, ofStock, ofCoupon, ofPay, ops] = (await Promise.all(
    ([...services, 'ops'] as const).map(scratchDatabase),
  )) as [Scratch, Scratch, Scratch, Scratch, Scratch];
  const databases = { order: ofOrder, stock: ofStock, coupon: ofCoupon, pay: ofPay, ops };
  const urls = { order: ofOrder.url, stock: ofStock.url, coupon: ofCoupon.url, pay: ofPay.url };
  const site = openSite({
    brokers: brokers(),
    groupPrefix: `${scratchName('prefix')}-`,
    reading: urls,
    acting: urls,
    ledger: ops.url,
    rules: { PAYMENT_EXPIRY: '1h' },
  });
  const pay = payWith(hour);

  const publish = async (service: Service): Promise<Delivery[]> => {
    const { pool } = databases[service];
    const sql = `SELECT ${outboxColumns('o')} FROM outbox o
      WHERE seq > COALESCE((SELECT published_to FROM relay_lease), 0) ORDER BY seq`;
    const rows = await select<OutboxRow>(pool, sql);
    const last = rows.at(-1);
    if (!last) return [];
    await pool.query(
      `INSERT INTO relay_lease (name, holder, epoch, expires_at, published_to) VALUES ('outbox', 'test', 1, UTC_TIMESTAMP(3), ?)
       ON DUPLICATE KEY UPDATE published_to = VALUES(published_to)`,
      [last.seq],
    );
    return rows.flatMap((row) => {
      const { key, ...encoded } = encodeEvent(row, row.payload);
      const record = { ...encoded, key: Buffer.from(key), topic: row.topic, partition: 0, offset: String(row.seq) };
      return services
        .filter((name) => site.handles[name].hears.has(row.type))
        .map((name) => ({ service: name, row, record }));
    });
  };

  return {
    site,
    databases,
    submit: (orderId, request) =>
      command(ofOrder, order, orderId, (_: SubmitState, now) => submit(orderId, request, hour, now)),
    cancel: (orderId) => command(ofOrder, order, orderId, (state: SubmitState, now) => cancel(state, now)),
    pay: (orderId, decide, chargeId) => command(ofPay, pay, orderId, decide, chargeId ? { charge: chargeId } : {}),
    run: async (meddle = ({ record }) => record) => {
      for (;;) {
        const deliveries = (await Promise.all(services.map(publish))).flat();
        if (deliveries.length === 0) return;
        for (const [service, some] of Map.groupBy(deliveries, (delivery) => delivery.service)) {
          const records = some.flatMap((delivery) => meddle(delivery) ?? []);
          await site.handles[service].take(mysqlStorage(databases[service].pool), records);
        }
      }
    },
    drop: async () => {
      await site.close();
      for (const database of Object.values(databases)) await database.drop();
    },
  };
};

const command = async <State extends object, E extends Event>(
  { pool }: Scratch,
  participant: Participant<State, E>,
  orderId: string,
  decide: (state: State, now: Date) => Decision<State>,
  keys: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const input = {
    name: 'command',
    correlationId: orderId,
    event: null,
    delivery: null,
    traceparent: undefined,
    keys,
    decide,
  };
  await applyBatch(mysqlStorage(pool), participant, [input]);
};
