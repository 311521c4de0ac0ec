import { randomUUID } from 'node:crypto';
import { acquireLease, type Lease } from '@quadrille/db/lease';
import { appendToOutbox } from '@quadrille/db/outbox';
import { readUnpublished, recordProgress } from '@quadrille/db/outbox-progress';
import { advance, noProgress, type Progress, settledTo } from '@quadrille/db/progress';
import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { latch } from '../../test/support/latch.ts';
import { append } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { sent } from '../../test/support/sent.ts';
import { createMissingNumbers } from '../missing-numbers.ts';

describe('R1: numbers that are missing', () => {
  let scratch: Scratch;
  let lease: Lease;
  let start: Progress;
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
    const acquired = await acquireLease(scratch.pool, randomUUID(), 600_000);
    if (!acquired) throw new Error('nobody else can hold it');
    lease = acquired;
  });
  beforeEach(async () => {
    await append(scratch, {});
    start = { ...(await look(noProgress)), missing: [] };
  });
  afterAll(() => scratch?.drop());

  const look = async (progress: Progress): Promise<Progress> => {
    const rows = await readUnpublished(scratch.pool, progress, 1_000);
    const next = advance(
      progress,
      rows.map(({ seq }) => seq),
    );
    expect(await recordProgress(scratch.pool, lease, next)).toBe(true);
    return next;
  };
  /** Gives up at once what it would give up in ten minutes: the first look remembers, the second decides. */
  const settleNow = async (progress: Progress): Promise<Progress> => {
    const giveUpMissing = createMissingNumbers(scratch.pool, 0);
    return (await giveUpMissing(progress)) ?? progress;
  };
  /** A transaction that has written to the outbox and neither committed nor rolled back. */
  const begin = async () => {
    const [written, mayEnd] = [latch(), latch()];
    let commits = true;
    const ended = transact(scratch.pool, async (tx) => {
      await appendToOutbox(tx, [outboxRow(), outboxRow()]);
      await sent(tx);
      written.open();
      await mayEnd.opened;
      if (!commits) throw new Error('rolled back');
    }).catch((error: Error) => expect(error.message).toBe('rolled back'));
    await written.opened;
    return {
      end: async (how: 'commit' | 'rollback') => {
        commits = how === 'commit';
        mayEnd.open();
        await ended;
      },
    };
  };

  it('are given up when their transaction was rolled back', async () => {
    const { end } = await begin();
    await append(scratch, {});
    const progress = await look(start);
    await end('rollback');
    expect(progress.missing).toHaveLength(1);
    const withoutMissing = await settleNow(progress);
    expect(withoutMissing.missing).toEqual([]);
    expect(settledTo(withoutMissing)).toBe(progress.publishedTo);
  });

  it('are never given up while their transaction is open, however long; once it commits they are published', async () => {
    const { end } = await begin();
    await append(scratch, {});
    const progress = await look(start);
    expect(await settleNow(progress)).toEqual(progress);
    await end('commit');
    // Committed, and not yet read: they must not be given up now either.
    expect(await settleNow(progress)).toEqual(progress);
    const after = await look(progress);
    expect(after).toEqual({ publishedTo: progress.publishedTo, missing: [] });
  });

  it('are not asked for before their time', async () => {
    const { end } = await begin();
    await append(scratch, {});
    const progress = await look(start);
    await end('rollback');
    const giveUpMissing = createMissingNumbers(scratch.pool);
    expect(await giveUpMissing(progress)).toBeNull();
    expect(await giveUpMissing(progress)).toBeNull();
  });

  it('cost a look nothing that grows with what is kept: it reads what is open, and no more', async () => {
    await append(scratch, ...Array.from({ length: 5_000 }, () => ({})));
    let progress = start;
    for (let batch = 0; batch < 6; batch++) progress = await look(progress);
    const gaps = Array.from({ length: 50 }, (_, index) => ({
      from: start.publishedTo + 10 * index,
      to: start.publishedTo + 10 * index,
    }));
    const single = await scratch.pool.getConnection();
    await single.query('FLUSH STATUS');
    const asPool = { query: single.query.bind(single) } as unknown as Scratch['pool'];
    expect(await readUnpublished(asPool, { ...progress, missing: gaps.slice(1) }, 1_000)).toHaveLength(49);
    const [status] = await single.query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    single.release();
    const reads = (status as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
    expect(reads).toBeLessThan(300);
  });
});
