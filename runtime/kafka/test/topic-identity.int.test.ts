import { createLog, type Log } from '@quadrille/process/log';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { latch } from '../../../test/support/latch.ts';
import { type BadNetwork, startProxy } from '../../../test/support/proxy.ts';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createClient, retry } from '../client.ts';
import { type RunningConsumer, startConsumer } from '../consumer.ts';
import { createPublisher, type Publisher } from '../producer.ts';
import { createSockets } from '../sockets.ts';
import { ensureTopics } from '../topics.ts';

describe('A5: a topic that is deleted and made again', () => {
  let scratch: ScratchKafka;
  let publisher: Publisher;
  let proxy: BadNetwork;
  const running: RunningConsumer[] = [];
  beforeAll(async () => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
    proxy = await startProxy(String(brokers()[0]));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(async () => {
    await publisher?.close();
    await proxy?.close();
    await scratch?.drop();
  });

  const createOne = (log: Log) => createClient(brokers(), 'test', log);
  /** A member that writes down what it has handled, and what it has warned of. */
  const join = async (topic: string, groupId: string, { clientOf = createOne, handle = async () => {} } = {}) => {
    const handled: string[] = [];
    const warnings: { readonly fields: object; readonly message: string }[] = [];
    const silent = createLog('test');
    silent.level = 'silent';
    const log = Object.assign(silent, {
      warn: (fields: object, message: string) => void warnings.push({ fields, message }),
    });
    const consumer = await startConsumer(clientOf(log), {
      ...{ groupId, topics: [topic] },
      handle: async (records) => {
        await handle();
        handled.push(...records.map(({ value }) => String(value)));
      },
      onCrash: () => {},
      log,
    });
    running.push(consumer);
    return { consumer, handled, warnings };
  };
  const names = (what: string, count: number) => Array.from({ length: count }, (_, index) => `${what} ${index}`);
  const publish = (topic: string, values: readonly string[]) =>
    publisher.publish(values.map((value) => ({ topic, key: value, headers: {}, value: Buffer.from(value) })));
  const asAdmin = async <Result>(work: (admin: ReturnType<typeof scratch.kafka.admin>) => Promise<Result>) => {
    const admin = scratch.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const makeAgain = async (topic: string, partitions: number) => {
    await asAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    // The old one may still be on its way out.
    await until('it is there again', () =>
      ensureTopics(scratch.kafka, [topic], { partitions, replication: 1 }).then(
        () => true,
        () => false,
      ),
    );
  };
  const committed = (groupId: string, topic: string) =>
    asAdmin(async (admin) => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions ?? []);
  const hasCommitted = (groupId: string, topic: string, count: number) =>
    until(`${count} are committed`, async () => {
      const offsets = (await committed(groupId, topic)).map(({ offset }) => Math.max(0, Number(offset)));
      return offsets.reduce((sum, offset) => sum + offset, 0) === count;
    });
  const has = (handled: readonly string[], values: readonly string[]) =>
    until(`all of ${values.at(-1)}`, async () => values.every((value) => handled.includes(value)), 30_000);

  it.each([1, 3])('A5: while a consumer runs: all of the new one is taken (%i partitions)', async (partitions) => {
    const [topic, groupId] = [await scratch.newTopic(partitions), scratch.newGroup()];
    const { handled } = await join(topic, groupId);
    await publish(topic, names('old', 44));
    await has(handled, names('old', 44));
    await hasCommitted(groupId, topic, 44);
    await makeAgain(topic, partitions);
    await publish(topic, names('new', 120));
    await has(handled, names('new', 120));
    await hasCommitted(groupId, topic, 120);
  });

  it('A5: while a consumer handles what it has fetched, and sees nothing of it: all of the new one is taken, and it is said', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const [handling, mayFinish] = [latch(), latch()];
    const { handled, warnings } = await join(topic, groupId, {
      handle: async () => {
        handling.open();
        await mayFinish.opened;
      },
    });
    await publish(topic, names('old', 44));
    await handling.opened;
    await makeAgain(topic, 1);
    await publish(topic, names('new', 120));
    mayFinish.open();
    await has(handled, names('new', 120));
    await hasCommitted(groupId, topic, 120);
    expect(warnings).toContainEqual({
      fields: expect.objectContaining({ topic, partitions: [0] }),
      message: expect.stringContaining('was deleted and made again'),
    });
  });

  /** As a member does that has seen nothing of it. */
  const commitLate = async (groupId: string, topic: string, offset: string, metadata: string | null) => {
    const consumer = scratch.kafka.consumer({ groupId });
    const joined = latch();
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Else kafkajs would find that there is nothing at this offset, and commit another one.
      consumer.pause([{ topic }]);
      joined.open();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
    await joined.opened;
    await consumer.commitOffsets([{ topic, partition: 0, offset, metadata }]);
    await consumer.disconnect();
    expect((await committed(groupId, topic))[0]).toMatchObject({ offset, metadata });
  };

  it.each([
    ['and Kafka has deleted the offsets with it', false],
    ['and Kafka still has the offsets of the old one', true],
  ])('A5: while no consumer runs, %s: all of the new one is taken', async (_, isLate) => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { consumer, handled } = await join(topic, groupId);
    await publish(topic, names('old', 44));
    await has(handled, names('old', 44));
    await consumer.stop();
    const [offset] = await committed(groupId, topic);
    expect(offset).toMatchObject({ offset: '44' });
    await makeAgain(topic, 1);
    if (isLate) await commitLate(groupId, topic, '44', offset?.metadata ?? null);
    await publish(topic, names('new', 120));
    const next = await join(topic, groupId);
    await has(next.handled, names('new', 120));
    await hasCommitted(groupId, topic, 120);
    // Before anything else is handled, so that it comes in order, and once.
    expect(next.handled).toEqual(names('new', 120));
  });

  it('A5: with fewer records than were taken of the old one: all of it is taken', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { handled } = await join(topic, groupId);
    await publish(topic, names('old', 44));
    await has(handled, names('old', 44));
    await makeAgain(topic, 1);
    await publish(topic, names('new', 10));
    await has(handled, names('new', 10));
    await publish(topic, names('later', 60));
    await has(handled, names('later', 60));
    await hasCommitted(groupId, topic, 70);
  });

  it('A5: a log that holds less than was read of it is read again from its beginning, and it is said', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { consumer, handled } = await join(topic, groupId);
    await publish(topic, names('value', 10));
    await has(handled, names('value', 10));
    await consumer.stop();
    // As if it had held 44, and had lost the last of them with its leader.
    const [offset] = await committed(groupId, topic);
    await commitLate(groupId, topic, '44', offset?.metadata ?? null);
    const next = await join(topic, groupId);
    await has(next.handled, names('value', 10));
    await publish(topic, names('later', 60));
    await has(next.handled, names('later', 60));
    await hasCommitted(groupId, topic, 70);
    // Whoever sees it first: we, or kafkajs, which then begins anew by itself.
    expect(next.warnings).toContainEqual({
      fields: expect.objectContaining({ topic }),
      message: expect.stringMatching(/holds less than was read of it|Offset out of range, resetting/),
    });
  });

  it('A5: offsets without an identity, as others commit them, are trusted; from then on they have one', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    await publish(topic, names('old', 44));
    await asAdmin((admin) => admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '40' }] }));
    const { handled, warnings } = await join(topic, groupId);
    await publish(topic, names('new', 1));
    await has(handled, ['new 0']);
    expect(handled).toEqual([...names('old', 44).slice(40), 'new 0']);
    await hasCommitted(groupId, topic, 45);
    expect((await committed(groupId, topic))[0]?.metadata).toMatch(/^topic-id /);
    expect(warnings).toEqual([]);
  });

  it('A5: where the broker does not say which topic it is, everything else goes on, and it is said once', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const sockets = createSockets();
    const clientOf = (log: Log) =>
      createClient(brokers(), 'test', log, {
        retry,
        socketFactory: (options) => sockets.open({ ...options, host: '127.0.0.1', port: proxy.port }),
      });
    // An old broker: of metadata (3) it knows no version above 8.
    proxy.change(18, (answer) => {
      const old = Buffer.from(answer);
      for (let at = 14; at + 6 <= old.length; at += 6) if (old.readInt16BE(at) === 3) old.writeInt16BE(8, at + 4);
      return old;
    });
    const { handled, warnings } = await join(topic, groupId, { clientOf });
    await publish(topic, names('value', 5));
    await has(handled, names('value', 5));
    await hasCommitted(groupId, topic, 5);
    proxy.change(18, null);
    expect((await committed(groupId, topic))[0]?.metadata).toBeNull();
    expect(warnings.filter(({ message }) => message.includes('topic ids'))).toHaveLength(1);
  });
});
