import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { mysqlStorage } from '@quadrille/db/storage';
import { type Cluster, openCluster } from '@quadrille/ops/cluster';
import { select } from '@quadrille/ops/select';
import { applyBatch } from '@quadrille/participant/apply';
import type { Decision, Participant } from '@quadrille/participant/decide';
import type { Delivered } from '@quadrille/participant/input';
import { forEachService, type Service, services } from '@quadrille/services';
import type { SubmitState } from '@quadrille/services/order/idempotency';
import { cancel, submit } from '@quadrille/services/order/rules';
import { order } from '@quadrille/services/order/store';
import type { PayState } from '@quadrille/services/pay/rules';
import { payWith } from '@quadrille/services/pay/store';
import { brokers, type Scratch, scratchDatabase, scratchDatabases, scratchName } from './scratch.ts';

const hour = 3_600_000;

/** An event on its way to a service. */
export type Delivery = { readonly service: Service; readonly row: OutboxRow; readonly record: Delivered };

/** The four services on databases of their own, in this process, as people see them who look after them. The test is relay and Kafka. */
export type TestCluster = {
  readonly cluster: Cluster;
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

export const startTestCluster = async (): Promise<TestCluster> => {
  const [ofServices, ops] = await Promise.all([scratchDatabases(), scratchDatabase('ops')]);
  const databases = { ...ofServices, ops };
  const urls = forEachService((service) => databases[service].url);
  const cluster = openCluster({
    brokers: brokers(),
    groupPrefix: `${scratchName('prefix')}-`,
    reading: urls,
    acting: urls,
    auditLog: ops.url,
    rules: { env: { PAYMENT_EXPIRY: '1h' } },
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
        .filter((name) => cluster.handles[name].subscribes.has(row.type))
        .map((name) => ({ service: name, row, record }));
    });
  };

  return {
    cluster,
    databases,
    submit: (orderId, request) =>
      command(databases.order, order, orderId, (_: SubmitState, now) => submit(orderId, request, hour, now)),
    cancel: (orderId) => command(databases.order, order, orderId, (state: SubmitState, now) => cancel(state, now)),
    pay: (orderId, decide, chargeId) =>
      command(databases.pay, pay, orderId, decide, chargeId ? { charge: chargeId } : {}),
    run: async (meddle = ({ record }) => record) => {
      for (;;) {
        const deliveries = (await Promise.all(services.map(publish))).flat();
        if (deliveries.length === 0) return;
        for (const [service, some] of Map.groupBy(deliveries, (delivery) => delivery.service)) {
          const records = some.flatMap((delivery) => meddle(delivery) ?? []);
          await cluster.handles[service].take(mysqlStorage(databases[service].pool), records);
        }
      }
    },
    drop: async () => {
      await cluster.close();
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
