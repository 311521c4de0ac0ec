import { randomUUID } from 'node:crypto';
import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { append, drained, recorder, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { spyOn } from '../../test/support/spy-pool.ts';
import { until } from '../../test/support/until.ts';

const columns = 'id, topic, type, version, publisher, correlation_id, traceparent, time, payload';

describe('an outbox that was not emptied for long', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('coupon');
  });
  beforeEach(async () => {
    for (const table of ['outbox', 'outbox_marks', 'relay_lease']) await scratch.pool.query(`DELETE FROM ${table}`);
  });
  afterAll(() => scratch?.drop());

  /** Doubled by the server, so that it takes seconds. */
  const fill = async (count: number) => {
    await append(scratch, ...Array.from({ length: 1_000 }, () => ({ payload: Buffer.alloc(250, 'x') })));
    for (let rows = 1_000; rows < count; rows *= 2)
      await transact(scratch.pool, (tx) =>
        tx.query(
          `INSERT INTO outbox (${columns}) SELECT UUID(), topic, type, version, publisher, correlation_id, traceparent, time, payload
           FROM outbox ORDER BY seq LIMIT ${Math.min(rows, count - rows)}`,
        ),
      );
  };

  it('R12: 100,000 rows leave in their order, a batch at a time', async () => {
    await fill(100_000);
    const looks: number[] = [];
    const pool = spyOn(scratch.pool, (sql) => void (/ORDER BY o\.seq LIMIT/.test(sql) && looks.push(1)));
    const inHand: number[] = [];
    const { publisher, ids } = recorder(async (records) => void inHand.push(records.length));
    const relay = startRelay(pool, publisher);
    await drained(scratch);
    await relay.stop();
    const [rows] = await scratch.pool.query('SELECT id FROM outbox ORDER BY seq');
    expect(ids()).toEqual((rows as { id: string }[]).map(({ id }) => id));
    expect(Math.max(...inHand)).toBeLessThanOrEqual(1_000);
    expect(relay.counts.published).toBe(100_000);
  });

  it('R3: while Kafka is away, the relay holds no transaction open, and writers go on', async () => {
    let away = true;
    const { publisher, ids } = recorder(async () => {
      if (!away) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
      throw new Error('Kafka did not answer');
    });
    const relay = startRelay(scratch.pool, publisher);
    const sent: string[] = [];
    await until('three failures', async () => {
      sent.push(...(await append(scratch, { correlationId: randomUUID() })));
      // Rows that a transaction has locked could not be deleted.
      await scratch.pool.query('SELECT seq FROM outbox FOR UPDATE NOWAIT');
      return relay.counts.retries >= 3;
    });
    away = false;
    await drained(scratch);
    await relay.stop();
    expect([...new Set(ids())]).toEqual(sent);
  });
});
