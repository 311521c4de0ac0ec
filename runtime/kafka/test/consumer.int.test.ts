import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { latch } from '../../../test/support/latch.ts';
import { silentLog } from '../../../test/support/log.ts';
import { startProxy } from '../../../test/support/proxy.ts';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createClient, retry } from '../client.ts';
import { type IncomingRecord, type RunningConsumer, startConsumer } from '../consumer.ts';
import { createPublisher, type Publisher } from '../producer.ts';
import { createSockets } from '../sockets.ts';

type Handle = (records: readonly IncomingRecord[]) => Promise<void>;

/** Kafka's number for a heartbeat. */
const heartbeat = 12;

describe('consumer', () => {
  let scratch: ScratchKafka;
  let publisher: Publisher;
  const running: RunningConsumer[] = [];
  beforeAll(() => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
  });
  afterEach(async () => {
    for (const consumer of running.splice(0)) await consumer.stop();
  });
  afterAll(async () => {
    await publisher?.close();
    await scratch?.drop();
  });

  const publish = (topic: string, from: number, to: number) =>
    publisher.publish(
      Array.from({ length: to - from }, (_, index) => ({
        topic,
        key: `key ${(from + index) % 20}`,
        headers: {},
        value: Buffer.from(String(from + index)),
      })),
    );
  /** A member of a group that writes down what it has handled. */
  const member = async (
    groupId: string,
    topics: string[],
    { kafka = scratch.kafka, handle = (async () => {}) as Handle } = {},
  ) => {
    const handled: string[] = [];
    const crashes: Error[] = [];
    const consumer = await startConsumer(kafka, {
      groupId,
      topics,
      handle: async (records) => {
        await handle(records);
        handled.push(...records.map(({ value }) => String(value)));
      },
      onCrash: (error) => void crashes.push(error),
      log: silentLog(),
    });
    running.push(consumer);
    return {
      consumer,
      handled,
      crashes,
      has: (count: number) => until(`${count} records`, async () => handled.length >= count),
    };
  };
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

  it('R18: a new group begins at the beginning, and takes each key in its order', async () => {
    const topic = await scratch.newTopic(3);
    await publish(topic, 0, 200);
    const { handled, has } = await member(scratch.newGroup(), [topic]);
    await has(200);
    await publish(topic, 200, 220);
    await has(220);
    expect(handled.toSorted()).toEqual(numbers(0, 220).toSorted());
    const ofKey = handled.filter((value) => Number(value) % 20 === 7).map(Number);
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
  });

  it('the next member of a group starts after what was committed at stop', async () => {
    const [topic, group] = [await scratch.newTopic(3), scratch.newGroup()];
    await publish(topic, 0, 50);
    const first = await member(group, [topic]);
    await first.has(50);
    await first.consumer.stop();
    expect(first.consumer.isJoined()).toBe(false);
    await publish(topic, 50, 60);
    const second = await member(group, [topic]);
    await second.has(10);
    expect(second.handled.toSorted()).toEqual(numbers(50, 60));
  });

  it('R53: stop finishes and commits what is being handled', async () => {
    const [topic, group] = [await scratch.newTopic(1), scratch.newGroup()];
    await publish(topic, 0, 10);
    const [handling, mayFinish] = [latch(), latch()];
    const first = await member(group, [topic], {
      handle: async () => {
        handling.open();
        await mayFinish.opened;
      },
    });
    await handling.opened;
    const stopped = first.consumer.stop();
    mayFinish.open();
    await stopped;
    expect(first.handled).toEqual(numbers(0, 10));
    await publish(topic, 10, 11);
    const second = await member(group, [topic]);
    await second.has(1);
    expect(second.handled).toEqual(['10']);
  });

  it('R53: stop does not wait for a handler that never ends: it leaves the group, and another member takes over', async () => {
    const [topic, group] = [await scratch.newTopic(1), scratch.newGroup()];
    await publish(topic, 0, 10);
    const handling = latch();
    const first = await member(group, [topic], {
      handle: async () => {
        handling.open();
        await new Promise(() => {});
      },
    });
    await handling.opened;
    await first.consumer.stop();
    const admin = scratch.kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([group]);
    await admin.disconnect();
    expect(groups[0]?.members).toEqual([]);
    const second = await member(group, [topic]);
    await second.has(10);
    expect(second.handled).toEqual(numbers(0, 10));
  });

  it('what a handler rejects is delivered again, until it is taken; nothing is passed over', async () => {
    const topic = await scratch.newTopic(1);
    await publish(topic, 0, 20);
    let failures = 0;
    const { handled, crashes, has } = await member(scratch.newGroup(), [topic], {
      handle: async () => {
        if (++failures <= 3) throw new Error('not now');
      },
    });
    await has(20);
    await publish(topic, 20, 25);
    await has(25);
    expect(handled).toEqual(numbers(0, 25));
    expect(failures).toBeGreaterThan(3);
    expect(crashes).toEqual([]);
  });

  it('K2: an error that kafkajs takes for a bug ends the consumer, and is told', async () => {
    const topic = await scratch.newTopic(1);
    await publish(topic, 0, 1);
    const { consumer, crashes } = await member(scratch.newGroup(), [topic], {
      handle: async () => {
        throw new TypeError('a bug');
      },
    });
    await until('onCrash', async () => crashes.length > 0);
    expect(crashes[0]?.message).toContain('a bug');
    expect(consumer.isJoined()).toBe(false);
  });

  it('K3: a handler that takes longer than the session keeps its partition', async () => {
    const [topic, group] = [await scratch.newTopic(1), scratch.newGroup()];
    await publish(topic, 0, 5);
    const proxy = await startProxy(brokers()[0] as string);
    const sockets = createSockets();
    const kafka = createClient(brokers(), 'test', silentLog(), {
      retry,
      socketFactory: (options) => sockets.open({ ...options, host: '127.0.0.1', port: proxy.port }),
    });
    let deliveries = 0;
    const mayFinish = latch();
    const { has, consumer } = await member(group, [topic], {
      kafka,
      handle: async () => {
        deliveries++;
        await mayFinish.opened;
      },
    });
    await until('it is handling', async () => deliveries > 0);
    // A session lasts for four of them.
    const before = proxy.requests(heartbeat);
    await until('six heartbeats', async () => proxy.requests(heartbeat) >= before + 6);
    expect(consumer.isJoined()).toBe(true);
    mayFinish.open();
    await has(5);
    expect(deliveries).toBe(1);
    await consumer.stop();
    await proxy.close();
  });

  it('R15: members share the partitions, and take over what one leaves', async () => {
    const [topic, group] = [await scratch.newTopic(6), scratch.newGroup()];
    const [first, second] = [await member(group, [topic]), await member(group, [topic])];
    let last = 0;
    const publishMore = async () => {
      await publish(topic, last, last + 20);
      last += 20;
    };
    await until('both have some', async () => {
      await publishMore();
      return first.handled.length > 0 && second.handled.length > 0;
    });
    await first.consumer.stop();
    await publishMore();
    // At least once: a change of hands may deliver some again.
    await until('nothing is missing', async () => new Set([...first.handled, ...second.handled]).size === last);
    expect(new Set([...first.handled, ...second.handled])).toEqual(new Set(numbers(0, last)));
  });
});
