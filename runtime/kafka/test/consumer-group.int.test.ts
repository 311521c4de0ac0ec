import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { latch } from '../../../test/support/latch.ts';
import { silentLog } from '../../../test/support/log.ts';
import { startNetwork } from '../../../test/support/network.ts';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createClient, retry } from '../client.ts';
import { type ConsumerOptions, type RunningConsumer, startConsumer } from '../consumer.ts';
import { createPublisher, type Publisher } from '../producer.ts';
import { createSockets } from '../sockets.ts';

describe('a consumer and its group', () => {
  let scratch: ScratchKafka;
  let publisher: Publisher;
  const running: RunningConsumer[] = [];
  beforeAll(() => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(async () => {
    await publisher?.close();
    await scratch?.drop();
  });

  const join = async (options: Pick<ConsumerOptions, 'groupId' | 'topics' | 'handle'>, kafka = scratch.kafka) => {
    const crashes: Error[] = [];
    const consumer = await startConsumer(kafka, {
      ...options,
      onCrash: (error) => void crashes.push(error),
      log: silentLog(),
    });
    running.push(consumer);
    return { consumer, crashes };
  };
  const describeGroup = async (groupId: string) => {
    const admin = scratch.kafka.admin();
    await admin.connect();
    const described = await admin.describeGroups([groupId]);
    await admin.disconnect();
    return described;
  };
  const publish = (topic: string, keys: readonly string[], value: Buffer | string = 'x') =>
    publisher.publish(keys.map((key) => ({ topic, key, headers: {}, value: Buffer.from(value) })));
  const keys = (count: number, prefix = 'key') => Array.from({ length: count }, (_, index) => `${prefix} ${index}`);

  it('K4: members of a group with several topics come and go: nothing is lost, and none of them crashes', async () => {
    const topics = [await scratch.newTopic(3), await scratch.newTopic(2), await scratch.newTopic(1)];
    const groupId = scratch.newGroup();
    const seen = new Set<string>();
    const crashes: Error[] = [];
    const another = async () => {
      const member = await join({
        ...{ groupId, topics },
        handle: async (records) => {
          for (const { topic, key } of records) seen.add(`${topic}/${key}`);
        },
      });
      await until('it has joined', async () => member.consumer.isJoined());
      return member;
    };
    const stays = await another();
    for (let round = 0; round < 4; round++) {
      const joining = another();
      for (const topic of topics) await publish(topic, keys(30, `round ${round}`));
      const { consumer, crashes: its } = await joining;
      await consumer.stop();
      crashes.push(...its);
      for (const topic of topics) await publish(topic, keys(30, `later in round ${round}`));
    }
    await until('all of them', async () => seen.size === 4 * 2 * 30 * topics.length);
    expect([...crashes, ...stays.crashes]).toEqual([]);
  });

  it('K10: a member that falls silent is given up in seconds, not in the half minute of kafkajs', async () => {
    const [topic, groupId] = [await scratch.newTopic(2), scratch.newGroup()];
    const [host = '', port] = String(brokers()[0]).split(':');
    const network = await startNetwork({ host, port: Number(port) });
    const sockets = createSockets();
    const kafka = createClient(brokers(), 'test', silentLog(), {
      retry,
      socketFactory: (options) => sockets.open({ ...options, host: '127.0.0.1', port: network.port }),
    });
    const silent = await join({ groupId, topics: [topic], handle: async () => {} }, kafka);
    const taken = new Set<string>();
    const other = await join({
      ...{ groupId, topics: [topic] },
      handle: async (records) => {
        for (const { key } of records) taken.add(String(key));
      },
    });
    // The second one to join makes the first one join again.
    await until('each has a partition', async () => {
      const { groups } = await describeGroup(groupId);
      return groups[0]?.state === 'Stable' && groups[0].members.length === 2;
    });
    await until('both know', async () => silent.consumer.isJoined() && other.consumer.isJoined());
    network.goSilent();
    await publish(topic, keys(20));
    await until('the other one takes all', async () => taken.size === 20, 25_000);
    await network.close();
  });

  it('K11: however much there is, only about a megabyte of it is in memory at a time', async () => {
    const [topic, groupId] = [await scratch.newTopic(4), scratch.newGroup()];
    // Batches of some 200 kB: what a fetch must not split.
    for (let batch = 0; batch < 40; batch++) await publish(topic, keys(20), Buffer.alloc(10_000, 'x'));
    let inHand = 0;
    let most = 0;
    let handled = 0;
    const mayGoOn = latch();
    await join({
      ...{ groupId, topics: [topic] },
      handle: async (records) => {
        const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        inHand += bytes;
        most = Math.max(most, inHand);
        await mayGoOn.opened;
        inHand -= bytes;
        handled += records.length;
      },
    });
    await until('the first of it', async () => inHand > 0);
    mayGoOn.open();
    await until('all of it', async () => handled >= 800);
    expect(most).toBeLessThan(1_500_000);
  });

  it('K2: a client without a sign of life for a minute is given up', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    await publish(topic, keys(1));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const handling = latch();
    const { consumer, crashes } = await join({
      ...{ groupId, topics: [topic] },
      handle: () => {
        handling.open();
        return new Promise(() => {});
      },
    });
    await handling.opened;
    expect(consumer.isJoined()).toBe(true);
    // All at once, so that no answer of the broker comes between.
    vi.advanceTimersByTime(60_000);
    await until('it is given up', async () => crashes.length > 0);
    expect(crashes.map(({ message }) => message)).toEqual([expect.stringContaining('no sign of life')]);
    expect(consumer.isJoined()).toBe(false);
  });
});
