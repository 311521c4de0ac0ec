import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '@quadrille/contracts/catalogue';
import type { Event } from '@quadrille/contracts/event';
import { createClient } from '@quadrille/kafka/client';
import { groupOf } from '@quadrille/kafka/groups';
import { readLag, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import { arrive, passesOver } from '@quadrille/participant/arrival';
import type { Participant } from '@quadrille/participant/decide';
import { coupon } from '@quadrille/services/coupon/store';
import { order } from '@quadrille/services/order/store';
import { payWith } from '@quadrille/services/pay/store';
import { stock } from '@quadrille/services/stock/store';
import { processNames } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecs, foreignProducer } from '../runtime/kafka/test/foreign-client.ts';
import { type ForeignBatch, foreignRecords } from './support/foreign-records.ts';
import { silentLog } from './support/log.ts';
import { randomFrom } from './support/random.ts';
import { type System, startSystem } from './support/system.ts';
import { configureTopic } from './support/topics.ts';
import { until } from './support/until.ts';

type Producer = Awaited<ReturnType<typeof foreignProducer>>;

/** Another seed makes other records; what a run found can be found again. */
const seed = Number(process.env.SEED ?? 20_261_126);
const wanted = Number(process.env.FOREIGN_RECORDS ?? 100_000);

const members = { order, stock, coupon, pay: payWith(1) };
type Service = keyof typeof members;
const services = Object.keys(members) as Service[];

/** Few enough that they are not most of what a service subscribes: else it would rightly stop. */
const brokenEventsOfTopic = 8;
const request = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

/** Which records a service has to keep, because it can neither apply them nor pass them over. */
const keptBy = <State extends object, E extends Event>(participant: Participant<State, E>) => {
  const isPassedOver = passesOver(participant);
  return (record: Parameters<typeof isPassedOver>[0]): boolean =>
    participant.subscribes.some(({ topic }) => topic === record.topic) &&
    !isPassedOver(record) &&
    'refusal' in arrive(participant, record);
};
const isKept: Record<Service, ReturnType<typeof keptBy>> = {
  order: keptBy(order),
  stock: keptBy(stock),
  coupon: keptBy(coupon),
  pay: keptBy(members.pay),
};

describe('arbitrary records of foreign clients on our topics', () => {
  const turns = join(tmpdir(), `quadrille-turns-${randomUUID()}`);
  let system: System;
  let brokers: string[];
  let kafka: ReturnType<typeof createClient>;
  const producers: Producer[] = [];
  beforeAll(async () => {
    const preload = join(import.meta.dirname, 'support', 'watch-turns.mjs');
    system = await startSystem({
      processes: [...processNames],
      env: { LOG_LEVEL: 'warn', NODE_OPTIONS: `--import=${preload}`, LONGEST_TURN_FILE: turns },
    });
    brokers = [...system.stack.brokers];
    kafka = createClient(brokers, 'test', silentLog());
    // So that what clients write stays as it is: on a topic as the setup makes it the broker writes it anew, without compression.
    for (const topic of topics) await configureTopic(kafka, topic, { 'compression.type': 'producer' });
    await system.rows('UPDATE eshop_stock.products SET available = 10000');
  });
  afterAll(async () => {
    for (const producer of producers) await producer.disconnect();
    await system?.stop();
    rmSync(turns, { force: true });
  });

  const producer = async (options: Parameters<typeof foreignProducer>[0] = {}) => {
    const made = await foreignProducer(options, brokers);
    producers.push(made);
    return made;
  };
  const messagesOf = ({ records, timestamp }: ForeignBatch) =>
    records.map((record) => ({ ...record, timestamp: String(timestamp) }));

  it('B1, B2, B3, B5, B9: all are parked, skipped or passed over; every good order is placed, no lag is left, and nothing keeps the event loop', {
    timeout: 900_000,
  }, async () => {
    const random = randomFrom(seed);
    const orderIds: string[] = [];
    const placeOrders = async (count: number) =>
      orderIds.push(...(await Promise.all(Array.from({ length: count }, () => system.submit(request)))));
    const allPlaced = async () => {
      for (const id of orderIds) await system.orderWhen(id, 'awaiting-payment');
    };
    await placeOrders(60);
    await allPlaced();

    const foreign = foreignRecords(random, () => orderIds);
    const plain = await producer();
    const transactional = await producer({
      ...{ transactionalId: 'foreign', idempotent: true, maxInFlightRequests: 1 },
    });
    // For longer than this test takes: the brokers would end it.
    const patient = { transactionalId: 'left open', idempotent: true, transactionTimeout: 900_000 };
    const leftOpen = await (await producer({ ...patient, maxInFlightRequests: 1 })).transaction();
    for (const topic of topics) await leftOpen.send({ topic, messages: messagesOf(foreign.batch()) });

    const startedAt = Date.now();
    const ended: string[] = [];
    for (const [name, { exited }] of system.stack.processes) void exited.then(() => ended.push(name));
    const broken = topics.flatMap((topic) => Array.from({ length: brokenEventsOfTopic }, () => topic));
    let sent = 0;
    for (let round = 0; sent < wanted; round++) {
      const topic = random.pick(topics);
      const batch = round % 100 === 50 ? foreign.bomb() : foreign.batch();
      const sending = { topic, compression: codecs[batch.codec], messages: messagesOf(batch) };
      if (random.below(20) > 0) await plain.send(sending);
      else {
        const transaction = await transactional.transaction();
        await transaction.send(sending);
        await (random.below(2) ? transaction.commit() : transaction.abort());
      }
      sent += batch.records.length;
      if (round % 10 === 0) await placeOrders(1);
      const of = round % 20 === 0 ? broken.pop() : undefined;
      if (of) await plain.send({ topic: of, messages: [foreign.brokenEvent(of)] });
    }
    await allPlaced();

    const groupPrefix = 'quadrille-';
    const groups = services.map((service) => ({
      groupId: groupOf(groupPrefix, service),
      clientId: service,
      topics: [...new Set(members[service].subscribes.map(({ topic }) => topic))],
    }));
    await until('no lag is left', async () => {
      const lags = await readLag(kafka, groups);
      return lags.every(({ topics }) => topics.every(({ records }) => records === 0));
    });
    await leftOpen.abort();

    // What the topics hold now, and what of it each service has to keep.
    const toKeep = { order: 0, stock: 0, coupon: 0, pay: 0 };
    let held = 0;
    await readRecords({ kafka, groupPrefix }, await readRanges(kafka, topics), (records) => {
      held += records.length;
      for (const record of records) for (const service of services) if (isKept[service](record)) toKeep[service]++;
    });
    expect(held).toBeGreaterThan(wanted);
    for (const service of services) {
      const [kept] = await system.rows<{ parked: number; skipped: number }>(
        `SELECT (SELECT COUNT(*) FROM eshop_${service}.parked) AS parked,
           (SELECT COALESCE(SUM(records), 0) FROM eshop_${service}.skipped_ranges) AS skipped`,
      );
      expect([service, Number(kept?.parked) + Number(kept?.skipped)]).toEqual([service, toKeep[service]]);
      expect(Number(kept?.parked)).toBeLessThan(1_000 + 4 * brokenEventsOfTopic + 1);
    }

    const long = existsSync(turns)
      ? readFileSync(turns, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { at: number; ms: number; main: string })
          .filter(({ at, ms }) => at > startedAt && ms > 200)
      : [];
    expect(long).toEqual([]);
    expect(ended).toEqual([]);
  });
});
