import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@quadrille/contracts/catalogue';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCreated } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import type { Cluster } from '@quadrille/ops/cluster';
import { listParked } from '@quadrille/ops/parked';
import { discardParked } from '@quadrille/ops/parked-operations';
import { createLog } from '@quadrille/process/log';
import type { Random } from '@quadrille/simulate/random';

type Headers = Record<string, string | string[]>;
type ForeignRecord = { readonly key: string | null; readonly value: string | Buffer | null; readonly headers: Headers };

/** Headers of any names: without a prototype, so that `__proto__` is one, too. */
const named = (entries: readonly (readonly [string, string | string[]])[]): Headers => {
  const headers: Headers = Object.create(null);
  for (const [name, value] of entries) headers[name] = value;
  return headers;
};

const order = { userId: 1, productId: 1, productCount: 1, amount: 1_100, couponId: 0 };

/** An event of ours that no order has, with one header changed. */
const brokenEvent = (change: Headers): ForeignRecord => {
  const [id, correlationId] = [randomUUID(), randomUUID()];
  const envelope = { ...orderCreated.of(order), id, correlationId, causationId: null };
  const traceparent = `00-${correlationId.replaceAll('-', '')}-${id.replaceAll('-', '').slice(0, 16)}-01`;
  const { key, headers, value } = encodeEvent(
    { ...envelope, time: new Date().toISOString(), traceparent },
    Buffer.from(JSON.stringify(order)),
  );
  return { key, value, headers: { ...headers, ...change } };
};

const junk = (headers: Headers, value: string | Buffer | null = 'junk'): ForeignRecord => ({
  key: randomUUID(),
  value,
  headers,
});

/** Records of nobody of ours, of the kinds that were found to stop services once: each is parked, cut or passed over. */
const strangers: readonly (() => ForeignRecord)[] = [
  () =>
    junk(
      named([
        ['constructor', 'x'],
        ['__proto__', 'y'],
      ]),
    ),
  () => junk(named(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'x'] as const))),
  () => junk(named([['ce_specversion', "1.0',42,20300101000000) -- "]])),
  () => junk(named([]), Buffer.alloc(700_000, 'x')),
  () => ({ key: null, value: null, headers: named([]) }),
  () => brokenEvent({ ce_type: 'order-gift-wrapped', traceparent: 'none of W3C' }),
];

/** What claims to be of ours, and can never be applied; none may become an order. */
const broken = {
  'a header twice': { ce_time: ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'] },
  'a time that is none': { ce_time: '2026-13-45T99:99:99.999Z' },
  'an unknown version': { ce_dataschema: 'urn:quadrille:event:order-created:9' },
} satisfies Record<string, Headers>;

/** What a topic's brokers may make of all records, ours as well; the last one leaves them as they are. */
const compressions = ['snappy', 'lz4', 'zstd', 'gzip', 'uncompressed', 'producer'] as const;

export type ForeignPlan = {
  readonly rounds: number;
  /** One for each topic: more of them would rightly make services stop, for most of what comes in a quiet time would be bad. */
  readonly broken: readonly (keyof typeof broken)[];
  readonly compression: string;
  readonly openMs: number;
};

export const planForeign = (random: Random): ForeignPlan => ({
  rounds: random.between(1, 3),
  broken: topics.map(() => random.pick(['a header twice', 'a time that is none', 'an unknown version'])),
  compression: random.pick([...compressions]),
  openMs: random.between(1_000, 6_000),
});

/**
 * Writes records of all kinds to all topics, `rounds` times, has their brokers compress everything in another way from now on, and leaves a
 * transaction with more of them open for `openMs`, which is then aborted.
 */
export const writeForeign = async (brokers: readonly string[], plan: ForeignPlan): Promise<void> => {
  const log = createLog('foreign');
  log.level = 'silent';
  const kafka = createClient(brokers, 'foreign', log, { retry: { initialRetryTime: 200, retries: 30 } });
  const [admin, plain] = [kafka.admin(), kafka.producer()];
  const transactional = kafka.producer({
    transactionalId: `foreign-${randomUUID()}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  try {
    await Promise.all([admin.connect(), plain.connect(), transactional.connect()]);
    const configEntries = [{ name: 'compression.type', value: plan.compression }];
    // 2: a topic.
    const resources = topics.map((name) => ({ type: 2, name, configEntries }));
    await admin.alterConfigs({ validateOnly: false, resources });
    const transaction = await transactional.transaction();
    for (const [index, topic] of topics.entries()) {
      const kind = plan.broken[index];
      if (kind) await plain.send({ topic, messages: [brokenEvent(broken[kind])] });
      await transaction.send({ topic, messages: [junk(named([]))] });
      for (let round = 0; round < plan.rounds; round++)
        await plain.send({ topic, messages: strangers.map((make) => make()) });
    }
    await sleep(plan.openMs);
    // Another fault may have outlasted it: then the brokers have ended it.
    await transaction.abort().catch(() => {});
  } finally {
    await Promise.allSettled([admin.disconnect(), plain.disconnect(), transactional.disconnect()]);
  }
};

/** As an operator does at the end: what is parked and is about no order is given up. @returns what is about an order, in words */
export const discardForeign = async (
  cluster: Cluster,
  isOrder: (id: string) => boolean,
): Promise<{ discarded: number; wrong: string[] }> => {
  const wrong: string[] = [];
  let discarded = 0;
  const chosen = new Map<string, Parameters<typeof discardParked>[1]>();
  for await (const { service, orderId, seq, cause } of listParked(cluster, {})) {
    if (isOrder(orderId)) wrong.push(`event ${seq} of order ${orderId} is parked in ${service}: ${cause}`);
    else chosen.set(`${service} ${orderId}`, { service, orderId });
  }
  for (const filter of chosen.values()) {
    const acted = await discardParked(
      cluster,
      filter,
      { who: 'chaos', why: 'records that chaos has written' },
      { rate: 10_000, stopAfter: 1, onResult: () => {}, signal: new AbortController().signal },
    );
    discarded += acted.discarded;
  }
  return { discarded, wrong };
};
