import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BadNetwork, startProxy } from '../../../test/support/proxy.ts';
import { randomFrom } from '../../../test/support/random.ts';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import type { Connecting } from '../client.ts';
import type { IncomingRecord } from '../consumer.ts';
import { createPublisher, type OutgoingRecord, type Publisher } from '../producer.ts';

/** Kafka's number for a produce request. */
const produce = 0;
/** Of a publish, in ms. */
const deadline = 1_500;

describe('publisher on a bad network', () => {
  let scratch: ScratchKafka;
  let proxy: BadNetwork;
  let publisher: Publisher;
  let topic: string;
  beforeAll(() => {
    // Also puts the guard of K1 in place.
    scratch = scratchKafka();
  });
  beforeEach(async () => {
    topic = await scratch.newTopic(1);
    proxy = await startProxy(brokers()[0] as string);
    publisher = createPublisher(kafka({ requestTimeout: 1_000 }), deadline);
  });
  afterEach(async () => {
    proxy?.flow();
    await publisher?.close();
    await proxy?.close();
  });
  afterAll(() => scratch?.drop());

  /** Through the proxy. @param requestTimeout below the deadline, kafkajs' own retries come into play */
  const kafka =
    ({ requestTimeout }: { requestTimeout: number }) =>
    ({ socketFactory, retry }: Connecting) =>
      new Kafka({
        brokers: brokers(),
        ...(retry ? { retry } : {}),
        requestTimeout,
        logLevel: logLevel.NOTHING,
        socketFactory: (options) =>
          (socketFactory as ISocketFactory)({ ...options, host: '127.0.0.1', port: proxy.port }),
      });
  const publish = (...values: string[]) =>
    publisher.publish(
      values.map((value): OutgoingRecord => ({ topic, key: 'key', headers: {}, value: Buffer.from(value) })),
    );
  /** As the relay does: the same records again until they are acknowledged. */
  const publishForCertain = (...values: string[]) =>
    until('published', () =>
      publish(...values).then(
        () => true,
        () => false,
      ),
    );
  const valuesOf = (records: readonly IncomingRecord[]) => records.map(({ value }) => String(value));
  const readUntil = async (last: string) =>
    valuesOf(await scratch.read(topic, (some) => valuesOf(some).includes(last)));

  it.each([
    ['it is published again by hand', 20_000],
    ['kafkajs publishes it again', 1_000],
  ])(
    'R7, K6: when the answer to a publish is lost, and %s, what follows is not taken for its repetition',
    async (_, requestTimeout) => {
      publisher = createPublisher(kafka({ requestTimeout }), deadline);
      await publish('0');
      proxy.loseAnswerTo(produce);
      const first = await publish('X').catch(() => 'uncertain');
      expect(first).toBe(requestTimeout > deadline ? 'uncertain' : undefined);
      await publish('Y');
      await publish('Z');
      expect([...new Set(await readUntil('Z'))]).toEqual(['0', 'X', 'Y', 'Z']);
    },
  );

  it('R6: what is held back in the network and arrives late loses nothing', async () => {
    await publish('0');
    proxy.stall();
    await expect(publish('X')).rejects.toThrow(/did not answer/);
    proxy.flow();
    await publishForCertain('X', 'Y');
    await publishForCertain('Z');
    expect([...new Set(await readUntil('Z'))]).toEqual(['0', 'X', 'Y', 'Z']);
  });

  it('R8: connections that break again and again lose nothing and keep the order of first arrivals', async () => {
    const random = randomFrom(8);
    const sent: string[] = [];
    for (let batch = 0; batch < 60; batch++) {
      const values = Array.from({ length: 1 + random.below(5) }, (_, index) => `${batch}/${index}`);
      sent.push(...values);
      const publishing = publishForCertain(...values);
      if (random.next() < 0.3) {
        const before = proxy.requests(produce);
        // Now and then while it is under way.
        if (random.next() < 0.5)
          await until('it is sent', async () => proxy.requests(produce) > before, 1_000).catch(() => {});
        proxy.cut();
      }
      await publishing;
    }
    expect([...new Set(await readUntil(sent.at(-1) ?? ''))]).toEqual(sent);
  });

  it('R6, K5: a producer that was thrown away does not publish its records after later ones', async () => {
    await publish('0');
    proxy.stall();
    await expect(publish('X')).rejects.toThrow(/did not answer/);
    // It never arrived, and the connection is gone.
    proxy.cut();
    proxy.flow();
    await publishForCertain('X');
    // Long enough for it to come back: it waits some 100 ms between its tries.
    for (let turn = 0; turn < 500; turn++) await publish(`turn ${turn}`);
    await publish('end');
    const values = await readUntil('end');
    expect(values.filter((value) => value === 'X')).toHaveLength(1);
    expect(values.slice(0, 3)).toEqual(['0', 'X', 'turn 0']);
  });

  it('K5: a producer that was thrown away notices it at once, and comes to its end', async () => {
    let refused = 0;
    const counting = ({ socketFactory, retry }: Connecting) =>
      kafka({ requestTimeout: 60_000 })({
        ...(retry ? { retry } : {}),
        socketFactory: (options) => {
          try {
            return (socketFactory as ISocketFactory)(options);
          } catch (error) {
            refused++;
            throw error;
          }
        },
      });
    publisher = createPublisher(counting, deadline);
    await publish('0');
    proxy.stall();
    await expect(publish('X')).rejects.toThrow(/did not answer/);
    await until('it notices, long before its request is overdue', async () => refused > 0, 15_000);
    await until('it has given up', async () => {
      const before = refused;
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return refused === before;
    });
  });

  it('K5: producers that could not connect in time leave no connection behind', async () => {
    proxy.stall();
    for (let attempt = 0; attempt < 3; attempt++) await expect(publish('X')).rejects.toThrow();
    proxy.flow();
    await publishForCertain('Y');
    await until('one connection, that of the producer in use', async () => proxy.connections() === 1, 15_000);
    await publisher.close();
    await until('none', async () => proxy.connections() === 0, 15_000);
  });
});
