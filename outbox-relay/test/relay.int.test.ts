import { randomUUID } from 'node:crypto';
import { createPublisher } from '@quadrille/kafka/producer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { append, appendMany, drained, type RunningRelay, recorder, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { spyOn } from '../../test/support/spy-pool.ts';
import { scratchKafka } from '../../test/support/topics.ts';
import { until } from '../../test/support/until.ts';

describe('relay', () => {
  let one: Scratch;
  let other: Scratch;
  const running: RunningRelay[] = [];
  beforeAll(async () => {
    one = await scratchDatabase('order');
    other = await scratchDatabase('stock');
  });
  beforeEach(async () => {
    for (const { pool } of [one, other]) {
      await pool.query('DELETE FROM outbox');
      await pool.query('DELETE FROM relay_lease');
    }
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });
  afterAll(async () => {
    await one?.drop();
    await other?.drop();
  });

  const start = (...args: Parameters<typeof startRelay>) => {
    const started = startRelay(...args);
    running.push(started);
    return started;
  };

  it('R8: drains several databases into Kafka, each key in its order, byte for byte', async () => {
    const kafka = scratchKafka();
    const topic = await kafka.newTopic(6);
    const publishers = [one, other].map((scratch) => {
      const publisher = createPublisher(kafka.clientOf);
      start(scratch.pool, publisher);
      return publisher;
    });
    const keys = Array.from({ length: 8 }, () => randomUUID());
    const sent = new Map<string, string[]>(keys.map((key) => [key, []]));
    for (let round = 0; round < 30; round++)
      for (const [index, scratch] of [one, other].entries()) {
        // A customer's order writes to one outbox here, so that there is one order to compare with.
        const rows = keys
          .filter((_, key) => key % 2 === index)
          .map((correlationId) => ({ topic, correlationId, payload: Buffer.from(`{"round":${round},"n":1e21}`) }));
        const ids = await append(scratch, ...rows);
        rows.forEach(({ correlationId }, row) => void sent.get(correlationId)?.push(ids[row] as string));
      }
    await Promise.all([drained(one), drained(other)]);
    const read = await kafka.read(topic, ({ length }) => length >= 240);
    expect(read).toHaveLength(240);
    for (const [key, ids] of sent) {
      const ofKey = read.filter((record) => record.key?.toString() === key);
      expect(ofKey.map(({ headers }) => String(headers.ce_id))).toEqual(ids);
      expect(ofKey.map(({ value }) => String(value))).toEqual(ids.map((_, round) => `{"round":${round},"n":1e21}`));
    }
    for (const each of running.splice(0)) await each.stop();
    for (const publisher of publishers) await publisher.close();
    await kafka.drop();
  });

  it('more rows than one batch leave in their order, once', async () => {
    const { publisher, ids } = recorder();
    const appended = await appendMany(one, 2_500);
    start(one.pool, publisher);
    await drained(one);
    expect(ids()).toEqual(appended);
  });

  it('R6: a publish that fails is done again: nothing lost, the order kept', async () => {
    let failures = 3;
    const { publisher, ids } = recorder(async () => {
      if (failures-- > 0) throw new Error('Kafka did not answer');
    });
    const appended = await appendMany(one, 50);
    start(one.pool, publisher);
    await drained(one);
    expect(ids()).toEqual(appended);
  });

  it('R2: dying between publish and mark publishes the same events again, with their ids', async () => {
    let deaths = 2;
    const dying = spyOn(one.pool, (sql) => {
      if (sql.includes('published_to = ?') && deaths-- > 0) throw new Error('died');
    });
    const { publisher, ids } = recorder();
    const appended = await appendMany(one, 20);
    start(dying, publisher);
    await drained(one);
    expect(ids()).toEqual([...appended, ...appended, ...appended]);
  });

  it('R2: what was published is recorded once for many batches, when nothing more is found and at a stop', async () => {
    const { publisher, ids } = recorder();
    const recorded: number[] = [];
    const counting = spyOn(one.pool, (sql) => {
      if (sql.includes('published_to = ?')) recorded.push(ids().length);
    });
    const first = await appendMany(one, 1);
    const relay = start(counting, publisher);
    await drained(one);
    expect(recorded).toEqual([1]);
    const second = await append(one, {});
    await until('the second is published', async () => ids().length === 2);
    await relay.stop();
    running.splice(0);
    expect(recorded).toEqual([1, 2]);
    await drained(one);
    expect(ids()).toEqual([...first, ...second]);
  });
});
