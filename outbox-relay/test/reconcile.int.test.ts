import { randomUUID } from 'node:crypto';
import { appendToOutbox } from '@quadrille/db/outbox';
import { findTaken } from '@quadrille/db/outbox-history';
import { discardOutboxParked, listOutboxParked } from '@quadrille/db/outbox-parked';
import { transact } from '@quadrille/db/transaction';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { latch } from '../../test/support/latch.ts';
import { append, drained, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase, scratchName } from '../../test/support/scratch.ts';
import { sent } from '../../test/support/sent.ts';
import { type ScratchKafka, scratchKafka } from '../../test/support/topics.ts';
import { type Missed, type Reconciled, type ReconcileOptions, reconcile, type Subscriber } from '../reconcile.ts';

describe('R19, R20: reconcile', () => {
  let scratch: Scratch;
  let subscriberDatabases: Scratch[];
  let kafka: ScratchKafka;
  let publisher: Publisher;
  let topic: string;
  beforeAll(async () => {
    scratch = await scratchDatabase('order');
    subscriberDatabases = [await scratchDatabase('stock'), await scratchDatabase('coupon')];
    kafka = scratchKafka();
    publisher = createPublisher(kafka.clientOf);
  });
  beforeEach(async () => {
    for (const table of ['outbox', 'outbox_parked', 'outbox_marks', 'relay_lease'])
      await scratch.pool.query(`DELETE FROM ${table}`);
    topic = await kafka.newTopic(3);
  });
  afterEach(async () => {
    for (const { pool } of subscriberDatabases) await pool.query('DELETE FROM inbox');
  });
  afterAll(async () => {
    await publisher?.close();
    await kafka?.drop();
    for (const each of subscriberDatabases ?? []) await each.drop();
    await scratch?.drop();
  });

  const relayAll = async () => {
    const relay = startRelay(scratch.pool, publisher);
    await drained(scratch);
    await relay.stop();
  };
  const publishMany = async (count: number, type = 'something-happened') => {
    const ids = await append(
      scratch,
      ...Array.from({ length: count }, () => ({ topic, type, correlationId: randomUUID() })),
    );
    await relayAll();
    return ids;
  };
  const offsets = async () => {
    const admin = kafka.kafka.admin();
    await admin.connect();
    const found = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return found;
  };
  /** What the broker loses: all that is in the topic now. */
  const lose = async () => {
    const admin = kafka.kafka.admin();
    await admin.connect();
    // Asked by the same admin: what deletes does not look for the leaders of the partitions itself.
    const found = await admin.fetchTopicOffsets(topic);
    const partitions = found.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
    await admin.disconnect();
  };
  const take = ({ pool }: Scratch, some: readonly string[]) =>
    pool.query('INSERT INTO inbox (event_id, taken_at) VALUES ?', [some.map((id) => [id, new Date()])]);
  const subscriber = (name: string, { pool }: Scratch, groupId = kafka.newGroup()): Subscriber => ({
    name,
    groupId,
    received: (events) =>
      findTaken(
        pool,
        events.map(({ id }) => id),
      ),
  });
  const held = async () => (await offsets()).reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  const run = async (options: Partial<ReconcileOptions> = {}) => {
    const missed: Missed[] = [];
    const progress: Reconciled[] = [];
    const result = await reconcile({
      pool: scratch.pool,
      ...kafka.visitor,
      publisher: null,
      since: null,
      subscribersOf: null,
      onMissed: (event) => void missed.push(event),
      onProgress: (reached) => void progress.push(reached),
      ...options,
    });
    return { result, missed, lost: missed.map(({ id }) => id), progress };
  };

  it('finds nothing lost where nothing is', async () => {
    await publishMany(500);
    expect((await run()).result).toEqual({ compared: 500, missing: 0, taken: 0, skipped: 0, republished: 0 });
  });

  it('a dry run tells what was lost and changes nothing; the real one brings it back; the next finds nothing', async () => {
    const gone = await publishMany(120);
    await lose();
    await publishMany(80);
    const dry = await run();
    expect(dry.result).toEqual({ compared: 200, missing: 120, taken: 0, skipped: 0, republished: 0 });
    expect(dry.lost).toEqual(gone);
    expect(await held()).toBe(80);
    const real = await run({ publisher });
    expect(real.result).toEqual({ compared: 200, missing: 120, taken: 0, skipped: 0, republished: 120 });
    expect(await held()).toBe(200);
    expect((await run()).result.missing).toBe(0);
    const read = await kafka.read(topic, ({ length }) => length >= 200);
    expect(new Set(read.map(({ headers }) => String(headers.ce_id))).size).toBe(200);
  });

  it('goes through many events in windows, and tells how far it is', async () => {
    await publishMany(450);
    await lose();
    await publishMany(50);
    const { result, progress } = await run({ window: 100, publisher });
    expect(result).toEqual({ compared: 500, missing: 450, taken: 0, skipped: 0, republished: 450 });
    expect(progress.map(({ compared }) => compared)).toEqual([100, 200, 300, 400, 500]);
  });

  it('leaves out what all that subscribe to it have processed', async () => {
    const ids = await publishMany(10, 'order-created');
    await lose();
    const [one, other] = subscriberDatabases as [Scratch, Scratch];
    await take(one, ids);
    await take(other, ids.slice(0, 4));
    const subscribers = [subscriber('one', one), subscriber('other', other)];
    const { result, lost } = await run({ subscribersOf: (type) => (type === 'order-created' ? subscribers : []) });
    expect(result).toEqual({ compared: 10, missing: 10, taken: 4, skipped: 0, republished: 0 });
    expect(lost).toEqual(ids.slice(4));
  });

  /** As a group that was moved past its records, whatever it has received. */
  const passAll = async (groupId: string) => {
    const consumer = kafka.kafka.consumer({ groupId });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await consumer.commitOffsets((await offsets()).map(({ partition, high }) => ({ topic, partition, offset: high })));
    await consumer.disconnect();
  };

  it('A5: finds what a group has passed and not received, brings it back once, and leaves alone what is on its way', async () => {
    const passed = await publishMany(30, 'order-created');
    const [one, other] = subscriberDatabases as [Scratch, Scratch];
    const subscribers = [subscriber('one', one), subscriber('other', other)];
    for (const { groupId } of subscribers) await passAll(groupId);
    const underWay = await publishMany(20, 'order-created');
    await take(one, passed);
    await take(other, passed.slice(0, 12));
    const subscribersOf = () => subscribers;
    const dry = await run({ subscribersOf });
    expect(dry.result).toEqual({ compared: 50, missing: 0, taken: 0, skipped: 18, republished: 0 });
    expect(dry.lost).toEqual(passed.slice(12));
    expect(dry.missed[0]).toMatchObject({ how: 'skipped', by: ['other'] });
    expect((await run({ subscribersOf, publisher })).result).toMatchObject({ skipped: 18, republished: 18 });
    // The copies are on their way now.
    expect((await run({ subscribersOf, publisher })).result).toMatchObject({ skipped: 0, republished: 0 });
    for (const { groupId } of subscribers) await passAll(groupId);
    for (const database of [one, other]) await take(database, underWay);
    await take(other, passed.slice(12));
    expect((await run({ subscribersOf })).result).toMatchObject({ missing: 0, skipped: 0 });
  });

  it('A5: tells what is gone from what was skipped, and who misses it', async () => {
    const gone = await publishMany(5, 'order-created');
    await lose();
    const held = await publishMany(5, 'order-created');
    const [one, other] = subscriberDatabases as [Scratch, Scratch];
    const [first, second] = [subscriber('one', one), subscriber('other', other)];
    await passAll(first.groupId);
    const { result, missed } = await run({ subscribersOf: () => [first, second] });
    expect(result).toEqual({ compared: 10, missing: 5, taken: 0, skipped: 5, republished: 0 });
    expect(missed.map(({ id, how, by }) => [id, how, by])).toEqual([
      ...gone.map((id) => [id, 'lost', ['one', 'other']]),
      ...held.map((id) => [id, 'skipped', ['one']]),
    ]);
  });

  it('does not bring back what was never published: what waits, is parked or was discarded', async () => {
    const [nowhere, bad, worse] = [scratchName('nowhere'), randomUUID(), randomUUID()];
    const [good] = await append(
      scratch,
      { topic },
      { topic: nowhere, correlationId: bad },
      { topic, correlationId: bad },
      { topic: nowhere, correlationId: worse },
    );
    await relayAll();
    const last = (await listOutboxParked(scratch.pool)).at(-1);
    await discardOutboxParked(scratch.pool, last?.seq ?? 0, { by: 'a test', why: 'given up' });
    await append(scratch, { topic });
    await lose();
    expect((await run()).lost).toEqual([good]);
  });

  it('R1: does not take for lost what has come into a gap and is not published yet', async () => {
    const [inserted, mayCommit] = [latch(), latch()];
    const late = transact(scratch.pool, async (tx) => {
      await appendToOutbox(tx, [outboxRow({ topic })]);
      await sent(tx);
      inserted.open();
      await mayCommit.opened;
    });
    await inserted.opened;
    const after = await publishMany(10);
    mayCommit.open();
    await late;
    await lose();
    const { result, lost } = await run({ publisher });
    expect(result).toEqual({ compared: 10, missing: 10, taken: 0, skipped: 0, republished: 10 });
    expect(lost).toEqual(after);
  });

  it('leaves out what is older than asked for', async () => {
    await publishMany(5);
    await scratch.pool.query("UPDATE outbox SET time = '2020-01-01T00:00:00.000Z'");
    await publishMany(5);
    await lose();
    expect((await run({ since: new Date('2021-01-01') })).result).toMatchObject({ compared: 5, missing: 5 });
  });

  it('comes to its end while events are published all the time, and leaves those for the next time', async () => {
    const ids = await publishMany(5);
    let rounds = 0;
    const busy: Subscriber = {
      ...subscriber('stock', subscriberDatabases[0] as Scratch),
      received: async (events) => {
        if (rounds++ < 20) await publishMany(1);
        return new Set(events.map(({ id }) => id));
      },
    };
    await lose();
    const report = await reconcile({
      ...{ pool: scratch.pool, ...kafka.visitor, publisher: null, since: null },
      subscribersOf: () => [busy],
      onMissed: () => {},
      onProgress: () => {},
    });
    expect(report.compared).toBe(ids.length);
  });
});
