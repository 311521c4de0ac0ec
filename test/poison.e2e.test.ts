import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { events, topics } from '@quadrille/contracts/catalogue';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { connect } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { withDatabase } from '@quadrille/db/url';
import { createClient } from '@quadrille/kafka/client';
import { discard, retry } from '@quadrille/participant/parked';
import { coupon } from '@quadrille/services/coupon/store';
import { order } from '@quadrille/services/order/store';
import { payWith } from '@quadrille/services/pay/store';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const services = ['order', 'stock', 'coupon', 'pay'] as const;
type Service = (typeof services)[number];

/** A record as anybody could write it to a topic. */
type Raw = { key: string | null; headers: Record<string, string>; value: Buffer | null };

/** An event that a topic's publisher might have said, about an order of its own; its data are not of its shape. */
const someEventOf = (topic: string): Raw & { key: string } => {
  const definition = events.find((event) => event.topic === topic);
  if (!definition) throw new Error(`nobody says anything on ${topic}`);
  const { type, version, publisher } = definition;
  const event = received(randomUUID(), { type, version, topic, publisher, data: {} });
  return { ...encodeEvent(event, Buffer.from('{}')) };
};

const poisons: Record<string, (sound: Raw & { key: string }) => Raw> = {
  'not JSON': (sound) => ({ ...sound, value: Buffer.from('{"userId":') }),
  'not text': (sound) => ({ ...sound, value: Buffer.from([0xff, 0x00, 0xc3]) }),
  'of the wrong shape': (sound) => sound,
  'of an unknown type': (sound) => ({
    ...sound,
    headers: { ...sound.headers, ce_type: 'order-eaten', ce_dataschema: 'urn:quadrille:event:order-eaten:1' },
  }),
  'of an unknown version': (sound) => ({
    ...sound,
    headers: { ...sound.headers, ce_dataschema: `${sound.headers.ce_dataschema}000` },
  }),
  'without a value': (sound) => ({ ...sound, value: null }),
  'without a key': (sound) => ({ ...sound, key: null }),
  'of 2 MB': (sound) => ({ ...sound, value: Buffer.alloc(2 ** 21, ' ') }),
  'with a forged source': (sound) => ({ ...sound, headers: { ...sound.headers, ce_source: '/quadrille/mallory' } }),
  'with the key of another order': (sound) => ({ ...sound, key: randomUUID() }),
  'without headers': (sound) => ({ ...sound, headers: {} }),
};
const kinds = Object.keys(poisons);

const subscribes: Record<Service, readonly { type: string; topic: string }[]> = {
  order: order.subscribes,
  stock: stock.subscribes,
  coupon: coupon.subscribes,
  pay: payWith(1).subscribes,
};

describe('poison', () => {
  let system: System;
  let publish: (topic: string, records: readonly Raw[]) => Promise<void>;
  let close: () => Promise<void>;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'info' } });
    await system.rows('UPDATE eshop_stock.products SET available = 10000');
    const kafka = createClient(system.stack.brokers, 'mallory', silentLog());
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      // Kafka's number for a topic.
      resources: topics.map((name) => ({
        type: 2,
        name,
        configEntries: [{ name: 'max.message.bytes', value: String(2 ** 22) }],
      })),
    });
    await admin.disconnect();
    await producer.connect();
    publish = async (topic, records) => {
      // One in each request, for the limit of a request is another's business.
      for (const record of records) await producer.send({ topic, messages: [record] });
    };
    close = () => producer.disconnect();
  });
  afterAll(async () => {
    await close?.();
    await system?.stop();
  });

  const request = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };
  const placed = async (count: number) => {
    const ids = await Promise.all(Array.from({ length: count }, () => system.submit(request)));
    for (const id of ids) await system.orderWhen(id, 'awaiting-payment');
    return ids;
  };
  const parkedIn = (service: Service) =>
    system.rows<{ topic: string; correlationId: string; seq: number; cause: string; attempts: number; bytes: number }>(
      `SELECT topic, correlation_id AS correlationId, seq, cause, attempts, LENGTH(payload) AS bytes
       FROM eshop_${service}.parked ORDER BY seq`,
    );

  it('R23: of every kind, on every topic, is parked by each service that listens there; orders go on', {
    timeout: 300_000,
  }, async () => {
    // Enough sound events that these are not most of them.
    await placed(60);
    for (const topic of topics)
      await publish(
        topic,
        kinds.map((kind) => (poisons[kind] as (typeof poisons)[string])(someEventOf(topic))),
      );
    await placed(20);
    for (const service of services) {
      // What claims to be of a type that a service does not subscribe to is passed over, and so is what nobody knows.
      const expected = topics.flatMap((topic) => {
        const received = subscribes[service].filter((event) => event.topic === topic).map(({ type }) => type);
        if (received.length === 0) return [];
        const claimed = events.find((event) => event.topic === topic)?.type ?? '';
        return kinds
          .filter((kind) => kind === 'without headers' || (received.includes(claimed) && kind !== 'of an unknown type'))
          .map(() => topic);
      });
      const parked = await until(`${expected.length} parked by ${service}`, async () => {
        const found = await parkedIn(service);
        return found.length >= expected.length && found;
      });
      expect(parked.map(({ topic }) => topic).sort(), service).toEqual(expected.sort());
      expect(parked.every(({ attempts }) => attempts === 1)).toBe(true);
    }
    const causes = (await parkedIn('stock')).filter(({ topic }) => topic === 'order-events').map(({ cause }) => cause);
    expect(causes.sort()).toEqual(
      [
        'the value of order-created is not JSON; because of SyntaxError: ',
        'the value of order-created is not JSON; because of Error: it is not UTF-8',
        'the value of order-created has the wrong shape: userId (invalid_type)',
        'unknown event type or version urn:quadrille:event:order-created:1000',
        'order-created has no value',
        'the record key is not the correlation id',
        'the value of order-created has 2097152 bytes; 262144 are the most',
        'header ce_source is not the publisher of order-created',
        'the record key is not the correlation id',
        'header ce_specversion is missing',
      ]
        .sort()
        .map((cause) => expect.stringContaining(cause)),
    );
    expect((await parkedIn('stock')).some(({ bytes }) => bytes === 2 ** 21)).toBe(true);
    const log = readFileSync(system.stack.processes.get('stock')?.logFile ?? '', 'utf8');
    expect(log.match(/"level":50.*parked, it cannot be applied/g)?.length).toBe((await parkedIn('stock')).length);
  });

  it('B9: an event of a type that nobody knows is passed over and counted, and its order goes on', async () => {
    const [id] = await placed(1);
    if (!id) throw new Error('an order');
    const passedOver = async (service: Service): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${system.stack.ports[service]}/metrics`);
      return Number(/^quadrille_participant_passed_over_total (\d+)$/m.exec(await answer.text())?.[1]);
    };
    const before = new Map(await Promise.all(services.map(async (each) => [each, await passedOver(each)] as const)));
    const newer = encodeEvent(
      received(id, orderCancelled.of({ reason: { code: 'any', message: 'any', step: 'order' } })),
      Buffer.from('{}'),
    );
    for (const topic of topics)
      await publish(topic, [
        {
          ...newer,
          headers: { ...newer.headers, ce_type: 'order-eaten', ce_dataschema: 'urn:quadrille:event:order-eaten:1' },
        },
      ]);
    const listened = (service: Service) => new Set(subscribes[service].map(({ topic }) => topic)).size;
    for (const service of services)
      await until(
        `${service} has passed it over`,
        async () => (await passedOver(service)) === (before.get(service) ?? 0) + listened(service),
      );
    await system.call('POST', `/api/v1/orders/${id}/cancel`);
    await system.orderWhen(id, 'cancelled');
    const log = readFileSync(system.stack.processes.get('stock')?.logFile ?? '', 'utf8');
    expect(
      log.match(/"type":"order-eaten","msg":"events of a type that is not known here are passed over"/g)?.length,
    ).toBe(1);
  });

  it('R22: holds back its own order, until somebody discards it while the services run', async () => {
    const [id, other] = await placed(2);
    if (!id || !other) throw new Error('two orders');
    const newer = encodeEvent(
      { ...received(id, orderCancelled.of({ reason: { code: 'any', message: 'any', step: 'order' } })), version: 2 },
      encodeData({}),
    );
    await publish('order-events', [newer]);
    for (const service of ['stock', 'coupon', 'pay'] as const)
      await until(`it is parked by ${service}`, async () =>
        (await parkedIn(service)).some(({ correlationId }) => correlationId === id),
      );
    for (const each of [id, other]) await system.call('POST', `/api/v1/orders/${each}/cancel`);
    await system.orderWhen(other, 'cancelled');
    expect(await system.order(id)).toMatchObject({
      status: 'cancelling',
      pendingCompensations: ['stock', 'coupon', 'pay'],
    });

    const queueOf = async (service: Service) =>
      (await parkedIn(service)).filter(({ correlationId }) => correlationId === id);
    await until('the cancellation waits', async () => (await queueOf('pay')).length === 2);
    const trace = { by: 'ann', why: 'nobody knows version 2' };
    for (const [service, participant] of [
      ['stock', stock],
      ['coupon', coupon],
    ] as const) {
      const pool = connect(withDatabase(system.stack.mysqlUrl, `eshop_${service}`));
      const deps = { storage: mysqlStorage(pool), participant: participant as typeof stock };
      expect(await retry(deps, id, trace)).toMatchObject({ released: 0, stuck: { attempts: 2 } });
      const [first] = await queueOf(service);
      const place = { correlationId: id, seqs: [first?.seq ?? 0] };
      expect(await discard(deps, place, trace)).toEqual({ discarded: 1, left: 1 });
      expect(await retry(deps, id, trace)).toEqual({ released: 1, stuck: null });
      await pool.end();
    }
    await until('pay alone owes an answer', async () => (await system.order(id)).pendingCompensations.join() === 'pay');
  });

  it('S19: most of what comes: the service stops and says what to do', async () => {
    const before = (await parkedIn('stock')).length;
    const process = system.stack.processes.get('stock');
    if (!process) throw new Error('stock runs');
    await publish(
      'order-events',
      Array.from({ length: 300 }, () => someEventOf('order-events')),
    );
    const ready = async () => (await fetch(`http://127.0.0.1:${await process.listening}/ready`)).status;
    await until('it is not ready', async () => (await ready()) === 503);
    expect((await parkedIn('stock')).length - before).toBeLessThanOrEqual(100);
    expect(readFileSync(process.logFile, 'utf8')).toMatch(
      /"level":60.*stock cannot apply .* then start stock again.*skip --service stock --topic order-events/,
    );
    // It lives on, so that an operator can have it go on.
    expect((await fetch(`http://127.0.0.1:${await process.listening}/health`)).status).toBe(200);
  });
});
