import { randomUUID } from 'node:crypto';
import type { OutboxRow } from '@quadrille/db/outbox';
import { discardOutboxParked, listOutboxParked, retryOutboxParked } from '@quadrille/db/outbox-parked';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { append, drained, type RunningRelay, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase, scratchName } from '../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../test/support/topics.ts';
import { until } from '../../test/support/until.ts';

const tooLarge = Buffer.alloc(2_000_000, 'x');

describe('R9: events that Kafka refuses for good', () => {
  let scratch: Scratch;
  let kafka: ScratchKafka;
  let publisher: Publisher;
  let topic: string;
  let relay: RunningRelay;
  beforeAll(async () => {
    scratch = await scratchDatabase('order');
    kafka = scratchKafka();
  });
  beforeEach(async () => {
    for (const table of ['outbox', 'outbox_parked', 'outbox_marks', 'relay_lease'])
      await scratch.pool.query(`DELETE FROM ${table}`);
    topic = await kafka.newTopic(3);
    publisher = createPublisher(kafka.clientOf);
  });
  afterEach(async () => {
    await relay?.stop();
    await publisher?.close();
  });
  afterAll(async () => {
    await kafka?.drop();
    await scratch?.drop();
  });

  const parked = () => listOutboxParked(scratch.pool);
  const statuses = async () => (await parked()).map(({ status }) => status);
  const rowsOf = (correlationId: string, ...rows: Partial<OutboxRow>[]) =>
    rows.map((row) => ({ topic, correlationId, ...row }));
  /** What the topic holds of each order: the ids of its events, each once, in their order. */
  const readAll = async (enough: number) => {
    const idsOf = new Map<string, string[]>();
    const distinct = () => [...idsOf.values()].flat().length;
    await kafka.read(topic, (records) => {
      idsOf.clear();
      for (const { key, headers } of records) {
        const ids = idsOf.get(String(key)) ?? [];
        if (!ids.includes(String(headers.ce_id))) ids.push(String(headers.ce_id));
        idsOf.set(String(key), ids);
      }
      return distinct() >= enough;
    });
    return idsOf;
  };

  it('one of 300 is too large: its order waits behind it, all others flow; released once it fits, it goes on in order', async () => {
    const [bad, ...others] = Array.from({ length: 30 }, () => randomUUID());
    const sent = new Map<string, string[]>();
    for (let round = 0; round < 10; round++) {
      const rows = [bad as string, ...others].flatMap((id) =>
        rowsOf(id, id === bad && round === 4 ? { payload: tooLarge } : { version: round }),
      );
      const ids = await append(scratch, ...rows);
      rows.forEach(({ correlationId }, row) => {
        sent.set(correlationId, [...(sent.get(correlationId) ?? []), ids[row] as string]);
      });
    }
    relay = startRelay(scratch.pool, publisher);
    await drained(scratch);
    const before = await readAll(294);
    for (const id of others) expect(before.get(id)).toEqual(sent.get(id));
    expect(before.get(bad as string)).toEqual(sent.get(bad as string)?.slice(0, 4));
    const [first, ...behind] = await parked();
    expect(first).toMatchObject({ status: 'refused', correlationId: bad, attempts: 1, decidedBy: null });
    expect(first?.cause).toMatch(/large/i);
    expect(behind.map(({ status, cause }) => [status, cause])).toEqual(Array(5).fill(['waiting', null]));
    expect(relay.counts.refused).toBe(1);

    // What its order says next waits, too; others flow on.
    const [next] = await append(scratch, ...rowsOf(bad as string, {}));
    await append(scratch, ...rowsOf(others[0] as string, {}));
    await drained(scratch);
    expect(await statuses()).toEqual(['refused', ...Array(6).fill('waiting')]);

    // Retried too early it is refused again, and nothing overtakes it.
    const seq = first?.seq ?? 0;
    const trace = { by: 'a test', why: 'to see it refused again' };
    expect(await retryOutboxParked(scratch.pool, [seq], trace)).toBe(1);
    await until('it is refused again', async () => (await parked())[0]?.attempts === 2);
    expect(await statuses()).toEqual(['refused', ...Array(6).fill('waiting')]);

    await kafka.configure(topic, { 'max.message.bytes': '3000000' });
    expect(await retryOutboxParked(scratch.pool, [seq], { by: 'a test', why: 'the limit was raised' })).toBe(1);
    await until('all are published', async () => (await statuses()).every((status) => status === 'published'));
    const after = await readAll(302);
    expect(after.get(bad as string)).toEqual([...(sent.get(bad as string) ?? []), next]);
    expect((await parked())[0]).toMatchObject({ decidedBy: 'a test', why: 'the limit was raised', attempts: 2 });
    // From now on it is an order like any other.
    const [last] = await append(scratch, ...rowsOf(bad as string, {}));
    await drained(scratch);
    expect((await readAll(303)).get(bad as string)?.at(-1)).toBe(last);
  });

  it('a topic that does not exist parks its orders at once, and holds up nobody; discarding leaves a trace', async () => {
    const [bad, good] = [randomUUID(), randomUUID()];
    const nowhere = scratchName('nowhere');
    const ids = await append(scratch, ...rowsOf(bad, {}, { topic: nowhere }, {}), ...rowsOf(good, {}));
    relay = startRelay(scratch.pool, publisher);
    await drained(scratch);
    expect(await readAll(2)).toEqual(
      new Map([
        [bad, [ids[0]]],
        [good, [ids[3]]],
      ]),
    );
    expect(relay.counts.retries).toBe(0);
    const [refused, waiting] = await parked();
    expect(refused?.cause).toContain(nowhere);
    expect(waiting?.status).toBe('waiting');
    const seq = refused?.seq ?? 0;
    expect(await discardOutboxParked(scratch.pool, seq, { by: 'a test', why: 'no service subscribes to it' })).toBe(
      true,
    );
    expect(await discardOutboxParked(scratch.pool, seq, { by: 'a test', why: 'twice' })).toBe(false);
    await until('the other one is published', async () => (await statuses())[1] === 'published');
    expect((await readAll(3)).get(bad)).toEqual([ids[0], ids[2]]);
    expect((await parked())[0]).toMatchObject({
      status: 'discarded',
      decidedBy: 'a test',
      why: 'no service subscribes to it',
    });
    expect((await parked())[0]?.decidedAt).toBeInstanceOf(Date);
  });

  it('a topic of ours that does not exist is the fault of the place: nothing is parked, it is tried again', async () => {
    const unset: Publisher = { ...publisher, missingTopics: async (topics) => new Set(topics) };
    await append(scratch, { topic: 'order-events' });
    relay = startRelay(scratch.pool, unset);
    await until('two retries', async () => relay.counts.retries >= 2);
    expect(await parked()).toEqual([]);
  });

  it('what is parked stays parked under the next relay', async () => {
    const bad = randomUUID();
    await append(scratch, ...rowsOf(bad, { payload: tooLarge }));
    relay = startRelay(scratch.pool, publisher);
    await drained(scratch);
    await relay.stop();
    await append(scratch, ...rowsOf(bad, {}), ...rowsOf(randomUUID(), {}));
    relay = startRelay(scratch.pool, publisher);
    await drained(scratch);
    expect(await statuses()).toEqual(['refused', 'waiting']);
    expect((await readAll(1)).has(bad)).toBe(false);
  });

  it('S19: when more than a hundred orders would be parked it stops, and goes on once they are discarded', async () => {
    const orders = Array.from({ length: 101 }, () => randomUUID());
    const nowhere = scratchName('nowhere');
    await append(scratch, ...orders.flatMap((id) => rowsOf(id, { topic: nowhere })));
    relay = startRelay(scratch.pool, publisher);
    await until('all parked', async () => (await parked()).length === 101);
    await relay.is('failing');
    const good = randomUUID();
    await append(scratch, ...rowsOf(good, {}));
    await until('it goes on trying', async () => relay.counts.retries >= 2);
    expect(relay.counts.published).toBe(0);
    for (const { seq } of await parked()) await discardOutboxParked(scratch.pool, seq, { by: 'a test', why: 'enough' });
    await drained(scratch);
    expect([...(await readAll(1)).keys()]).toEqual([good]);
  });

  it('C2: what Kafka refuses is tried again from time to time, and once it takes one, all of the same cause go out in order', async () => {
    await kafka.configure(topic, { 'max.message.bytes': '3000' });
    const large = Buffer.alloc(5_000, 'x');
    const [bad, good] = [randomUUID(), randomUUID()];
    const others = Array.from({ length: 20 }, () => randomUUID());
    const nowhere = scratchName('nowhere');
    const ids = await append(
      scratch,
      ...rowsOf(bad, { payload: large }, {}),
      ...others.flatMap((id) => rowsOf(id, { payload: large }, {})),
      ...rowsOf(good, { topic: nowhere }),
    );
    relay = startRelay(scratch.pool, publisher, { retryEvery: 100 });
    await until('each cause was tried again', async () => {
      const tried = (await parked()).filter(({ attempts }) => attempts > 1);
      return tried.length >= 2;
    });
    expect(await statuses()).toEqual([
      'refused',
      'waiting',
      ...Array(20).fill(['refused', 'waiting']).flat(),
      'refused',
    ]);
    await kafka.configure(topic, { 'max.message.bytes': '30000' });
    await until('all but the one without a topic are published', async () =>
      (await statuses()).slice(0, -1).every((status) => status === 'published'),
    );
    const read = await readAll(42);
    expect([bad, ...others].flatMap((id) => read.get(id) ?? [])).toEqual(ids.slice(0, -1));
    const [first, , second] = await parked();
    expect([first?.decidedBy, second?.decidedBy]).toEqual([null, 'relay']);
    expect((await parked()).at(-1)).toMatchObject({ status: 'refused', topic: nowhere });
  });

  it('C2: more than a hundred orders that Kafka refuses stop the relay only for as long as their cause lasts', async () => {
    const narrow = await kafka.newTopic(3, { 'max.message.bytes': '1000' });
    const orders = Array.from({ length: 120 }, () => randomUUID());
    const large = { topic: narrow, payload: Buffer.alloc(5_000, 'x') };
    await append(scratch, ...orders.flatMap((id) => rowsOf(id, large, { topic: narrow })));
    relay = startRelay(scratch.pool, publisher);
    await relay.is('failing');
    const [late] = await append(scratch, ...rowsOf(randomUUID(), {}));
    await until('it goes on trying', async () => relay.counts.retries >= 2);
    expect(await statuses()).not.toContain('published');
    await kafka.configure(narrow, { 'max.message.bytes': '100000' });
    await until('all are published', async () => (await statuses()).every((status) => status === 'published'));
    await drained(scratch);
    expect([...(await readAll(1)).values()]).toEqual([[late]]);
    await relay.is('leading');
  });
});
