import { randomUUID } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';
import { acquireLease, type Lease, leaseTtl, readLease, releaseLease, renewLease } from '../lease.ts';
import { appendToOutbox } from '../outbox.ts';
import { readDepth, recordProgress } from '../outbox-progress.ts';
import { transact } from '../transaction.ts';

/** Outlives every test. */
const long = 600_000;
const short = 300;

describe('lease (R5)', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
  });
  beforeEach(async () => {
    await scratch.pool.query('DELETE FROM relay_lease');
    await scratch.pool.query('DELETE FROM outbox');
  });
  afterAll(() => scratch?.drop());

  const acquire = (ttl: number, holder: string = randomUUID()) => acquireLease(scratch.pool, holder, ttl);
  const acquired = async (ttl: number): Promise<Lease> => {
    const lease = await acquire(ttl);
    if (!lease) throw new Error('not acquired');
    return lease;
  };
  const top = async (): Promise<number> => {
    const [[row]] = await scratch.pool.query<RowDataPacket[]>('SELECT MAX(seq) AS top FROM outbox');
    return row?.top;
  };
  const acquiredInTime = (ttl: number) => until('the lease runs out', () => acquire(ttl));

  it('has one holder: whoever else asks gets nothing', async () => {
    expect(await acquired(long)).toMatchObject({ epoch: 1 });
    expect(await acquire(long)).toBeNull();
  });

  it('has one holder when many ask for the first time at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => acquire(long)));
    expect(answers.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('has one holder when many ask at once after it ran out', async () => {
    await releaseLease(scratch.pool, await acquired(long));
    const answers = await Promise.all(Array.from({ length: 20 }, () => acquire(long)));
    expect(answers.filter((lease) => lease !== null)).toMatchObject([{ epoch: 2 }]);
  });

  it('passes on when it runs out, with a higher epoch', async () => {
    const first = await acquired(short);
    const second = await acquiredInTime(long);
    expect(second.epoch).toBe(first.epoch + 1);
    expect(second.holder).not.toBe(first.holder);
  });

  it('once lost can neither be renewed nor mark what is published', async () => {
    await transact(scratch.pool, (tx) => appendToOutbox(tx, [outboxRow()]));
    const done = { publishedTo: await top(), missing: [] };
    const first = await acquired(short);
    const second = await acquiredInTime(long);
    expect(await renewLease(scratch.pool, first, long)).toBe(false);
    expect(await recordProgress(scratch.pool, first, done)).toBe(false);
    expect((await readDepth(scratch.pool)).events).toBe(1);
    expect(await renewLease(scratch.pool, second, long)).toBe(true);
    expect(await recordProgress(scratch.pool, second, done)).toBe(true);
    expect((await readDepth(scratch.pool)).events).toBe(0);
  });

  it('that has run out is lost even when nobody else wants it', async () => {
    await transact(scratch.pool, (tx) => appendToOutbox(tx, [outboxRow()]));
    const done = { publishedTo: await top(), missing: [] };
    const lease = await acquired(long);
    // Giving it back is letting it run out now.
    await releaseLease(scratch.pool, lease);
    expect(await renewLease(scratch.pool, lease, long)).toBe(false);
    expect(await recordProgress(scratch.pool, lease, done)).toBe(false);
    expect(await acquire(long, lease.holder)).toEqual({ holder: lease.holder, epoch: lease.epoch + 1 });
  });

  it('lasts as long as it is renewed, however often that changes nothing', async () => {
    const lease = await acquired(long);
    for (let time = 0; time < 5; time++) expect(await renewLease(scratch.pool, lease, long)).toBe(true);
    expect(await acquire(long)).toBeNull();
  });

  it('given back lets another in at once', async () => {
    const first = await acquired(long);
    await releaseLease(scratch.pool, first);
    expect(await acquire(long)).toMatchObject({ epoch: first.epoch + 1 });
  });

  it('of the next holder is not given back by the one before', async () => {
    const first = await acquired(short);
    const second = await acquiredInTime(long);
    await releaseLease(scratch.pool, first);
    expect(await acquire(long)).toBeNull();
    expect(await renewLease(scratch.pool, second, long)).toBe(true);
  });

  describe('C3: that ends further ahead than any lease can', () => {
    /** As if the clock of the database had been set back by an hour, or a dump of another server restored. */
    const setBackAnHour = () => scratch.pool.query('UPDATE relay_lease SET expires_at = expires_at + INTERVAL 1 HOUR');

    it('C3: goes to the first who asks, and whoever held it can neither renew it nor mark anything', async () => {
      await transact(scratch.pool, (tx) => appendToOutbox(tx, [outboxRow()]));
      const done = { publishedTo: await top(), missing: [] };
      const first = await acquired(leaseTtl);
      expect(await acquire(leaseTtl)).toBeNull();
      await setBackAnHour();
      const second = await acquired(leaseTtl);
      expect(second.epoch).toBe(first.epoch + 1);
      expect(await acquire(leaseTtl)).toBeNull();
      expect(await renewLease(scratch.pool, first, leaseTtl)).toBe(false);
      expect(await recordProgress(scratch.pool, first, done)).toBe(false);
      expect(await recordProgress(scratch.pool, second, done)).toBe(true);
    });

    it('C3: goes to one only, when many ask at once', async () => {
      await acquired(leaseTtl);
      await setBackAnHour();
      const answers = await Promise.all(Array.from({ length: 20 }, () => acquire(leaseTtl)));
      expect(answers.filter((lease) => lease !== null)).toMatchObject([{ epoch: 2 }]);
    });

    it('C3: stays with whoever holds it when that one renews it first, and then lasts as long as any other', async () => {
      const lease = await acquired(leaseTtl);
      await setBackAnHour();
      expect(await renewLease(scratch.pool, lease, leaseTtl)).toBe(true);
      expect(await acquire(leaseTtl)).toBeNull();
      expect((await acquiredInTime(leaseTtl)).epoch).toBe(lease.epoch + 1);
    });

    it('C3: is nobody’s for those who look, too', async () => {
      const { holder, epoch } = await acquired(leaseTtl);
      expect(await readLease(scratch.pool)).toEqual({ holder, epoch });
      await setBackAnHour();
      expect(await readLease(scratch.pool)).toBeNull();
      await scratch.pool.query('UPDATE relay_lease SET expires_at = UTC_TIMESTAMP(3)');
      expect(await readLease(scratch.pool)).toBeNull();
    });
  });
});
