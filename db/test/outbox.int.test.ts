import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { latch } from '../../test/support/latch.ts';
import { randomFrom } from '../../test/support/random.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { sent } from '../../test/support/sent.ts';
import { connect } from '../connect.ts';
import { acquireLease, type Lease } from '../lease.ts';
import { appendToOutbox, type OutboxRow } from '../outbox.ts';
import { readDepth, readUnpublished, recordProgress } from '../outbox-progress.ts';
import { advance, noProgress, type Progress } from '../progress.ts';
import { transact } from '../transaction.ts';

describe('outbox', () => {
  let scratch: Scratch;
  let lease: Lease;
  let progress: Progress;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    const acquired = await acquireLease(scratch.pool, randomUUID(), 600_000);
    if (!acquired) throw new Error('nobody else can hold it');
    lease = acquired;
  });
  beforeEach(async () => {
    await scratch.pool.query('DELETE FROM outbox');
    progress = noProgress;
    expect(await recordProgress(scratch.pool, lease, progress)).toBe(true);
  });
  afterAll(() => scratch?.drop());

  const append = (...rows: Partial<OutboxRow>[]) =>
    transact(scratch.pool, (tx) => appendToOutbox(tx, rows.map(outboxRow)));
  /** Publishes what is there, as the relay does. */
  const drain = async (limit = 1_000): Promise<OutboxRow[]> => {
    const rows = await readUnpublished(scratch.pool, progress, limit);
    if (rows.length === 0) return [];
    progress = advance(
      progress,
      rows.map((row) => row.seq),
    );
    expect(await recordProgress(scratch.pool, lease, progress)).toBe(true);
    return rows;
  };

  it('gives back what was put in, oldest first, and no more than asked', async () => {
    const rows = [1, 2, 3].map((version) => outboxRow({ version, causationId: version === 2 ? randomUUID() : null }));
    await append(...rows);
    const read = await readUnpublished(scratch.pool, progress, 2);
    expect(read).toEqual(rows.slice(0, 2).map((row, index) => ({ ...row, seq: read[index]?.seq })));
    expect(read[0]?.seq).toBeLessThan(read[1]?.seq ?? 0);
    expect((await drain()).map((row) => row.version)).toEqual([1, 2, 3]);
    expect(await drain()).toEqual([]);
  });

  it('R1: a lower seq that commits later is published all the same', async () => {
    const [inserted, mayCommit] = [latch(), latch()];
    const slow = transact(scratch.pool, async (tx) => {
      await appendToOutbox(tx, [outboxRow({ type: 'slow' })]);
      await sent(tx);
      inserted.open();
      await mayCommit.opened;
    });
    await inserted.opened;
    await append({ type: 'quick' });
    const [quick, ...none] = await drain();
    expect([quick?.type, none]).toEqual(['quick', []]);
    expect(await drain()).toEqual([]);
    mayCommit.open();
    await slow;
    const [late] = await drain();
    expect(late?.type).toBe('slow');
    expect(late?.seq).toBeLessThan(quick?.seq ?? 0);
  });

  it('R1: of 50 writers that commit in any order, all is published, and each order of events is kept', async () => {
    const random = randomFrom(1);
    const writers = connect(scratch.url, 50);
    const products = Array.from({ length: 10 }, (_, index) => index + 1);
    await scratch.pool.query('REPLACE INTO products VALUES ?', [products.map((id) => [id, 1, 0, 0, 0])]);
    const gates = Array.from({ length: 50 }, latch);
    const committed = new Map<string, string[]>();
    const writes = gates.map((gate, index) =>
      transact(writers, async (tx) => {
        const product = random.pick(products);
        await tx.query('SELECT 1 FROM products WHERE product_id = ? FOR UPDATE', [product]);
        const ids = Array.from({ length: 1 + random.below(3) }, () => randomUUID());
        await appendToOutbox(
          tx,
          ids.map((id) => outboxRow({ id, correlationId: String(product), version: index })),
        );
        await sent(tx);
        await gate.opened;
        if (index % 5 === 0) throw new Error('rolled back');
        // Nobody else writes for this product before this commits.
        committed.set(String(product), [...(committed.get(String(product)) ?? []), ...ids]);
      }).catch((error: Error) => expect(error.message).toBe('rolled back')),
    );
    const published = new Map<string, string[]>();
    const publish = async (limit: number) => {
      const rows = await drain(limit);
      for (const { id, correlationId } of rows)
        published.set(correlationId, [...(published.get(correlationId) ?? []), id]);
      return rows.length;
    };
    for (const gate of random.shuffle(gates)) {
      gate.open();
      await publish(7);
    }
    await Promise.all(writes);
    while ((await publish(7)) > 0);
    await writers.end();
    expect(Object.fromEntries(published)).toEqual(Object.fromEntries(committed));
    expect([...published.values()].flat().length).toBeGreaterThan(40);
  });

  it.each([
    ['emoji', Buffer.from('{"name":"\u{1f9fe} caf\u00e9 \u2028"}')],
    ['a float in scientific notation', Buffer.from('{"n":1e21}')],
    ['an integer above 2^53', Buffer.from('{"n":9007199254740993}')],
    ['a number as text', Buffer.from('{"n":"10.5"}')],
    ['keys in their order, and white space', Buffer.from('{ "b": 1,\n  "a": 2, "a": 3 }')],
    ['quotes and backslashes', Buffer.from(`{"q":"\\"'\\\\ \\u0000 %s ?"}`)],
    ['bytes that are no text', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['nothing', Buffer.alloc(0)],
    ['two megabytes', Buffer.alloc(2_000_000, 'x')],
  ])('R14: the bytes of a payload survive exactly: %s', async (_, payload) => {
    await append({ payload });
    const [row] = await drain();
    expect(row?.payload.equals(payload)).toBe(true);
  });

  it('takes 2,000 rows in one transaction, and gives them out in their order', async () => {
    const ids = Array.from({ length: 2_000 }, () => randomUUID());
    await append(...ids.map((id) => ({ id })));
    const published: string[] = [];
    for (;;) {
      const rows = await drain(1_000);
      if (rows.length === 0) break;
      published.push(...rows.map((row) => row.id));
    }
    expect(published).toEqual(ids);
  });

  it('R5: who does not hold the lease marks nothing', async () => {
    await append({}, {});
    const seqs = (await readUnpublished(scratch.pool, progress, 10)).map((row) => row.seq);
    const done = advance(progress, seqs);
    expect(await recordProgress(scratch.pool, { ...lease, epoch: lease.epoch - 1 }, done)).toBe(false);
    expect(await recordProgress(scratch.pool, { ...lease, holder: randomUUID() }, done)).toBe(false);
    expect((await readDepth(scratch.pool)).events).toBe(2);
    expect(await recordProgress(scratch.pool, lease, done)).toBe(true);
    expect((await readDepth(scratch.pool)).events).toBe(0);
  });

  it('R41: an event that does not fit its columns is refused, with all that was written beside it', async () => {
    await expect(append({}, { type: 'x'.repeat(65) })).rejects.toMatchObject({ code: 'ER_DATA_TOO_LONG' });
    expect(await readUnpublished(scratch.pool, progress, 10)).toEqual([]);
  });
});
