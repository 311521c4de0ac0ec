import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { acquireLease, type Lease } from '../lease.ts';
import { appendToOutbox } from '../outbox.ts';
import { discardOutboxParked } from '../outbox-parked.ts';
import { isInStep, readUnpublished, recordProgress, takeUpProgress } from '../outbox-progress.ts';
import { advance, noProgress, type Progress } from '../progress.ts';
import { markProgress, purgeInbox, purgeOutbox } from '../retention.ts';
import { transact } from '../transaction.ts';

const hour = 3_600_000;

describe('retention', () => {
  let scratch: Scratch;
  let lease: Lease;
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
  });
  beforeEach(async () => {
    for (const table of ['outbox', 'inbox', 'outbox_parked', 'outbox_marks', 'relay_lease'])
      await scratch.pool.query(`DELETE FROM ${table}`);
    const acquired = await acquireLease(scratch.pool, randomUUID(), 600_000);
    if (!acquired) throw new Error('nobody else can hold it');
    lease = acquired;
  });
  afterAll(() => scratch?.drop());

  const append = (count: number) =>
    transact(scratch.pool, (tx) =>
      appendToOutbox(
        tx,
        Array.from({ length: count }, () => outboxRow()),
      ),
    );
  const seqsOf = async (progress: Progress, limit = 10_000) =>
    (await readUnpublished(scratch.pool, progress, limit)).map(({ seq }) => seq);
  const publish = async (progress: Progress, seqs: readonly number[]): Promise<Progress> => {
    const next = advance(progress, seqs);
    expect(await recordProgress(scratch.pool, lease, next)).toBe(true);
    return next;
  };
  const kept = async (): Promise<number[]> => {
    const [rows] = await scratch.pool.query<RowDataPacket[]>('SELECT seq FROM outbox ORDER BY seq');
    return rows.map(({ seq }) => seq);
  };
  /** As if all marks had been made so long ago. */
  const age = (ms: number) =>
    scratch.pool.query('UPDATE outbox_marks SET at = at - INTERVAL ? * 1000 MICROSECOND', [ms]);
  const mark = (progress: Progress, every = 0) => markProgress(scratch.pool, lease, progress, every);

  it('what was published long enough ago goes, but for the newest row; what came later stays', async () => {
    await append(2_500);
    const all = await seqsOf(noProgress);
    const progress = await publish(noProgress, all);
    await mark(progress);
    expect(await purgeOutbox(scratch.pool, hour)).toBe(0);
    await age(2 * hour);
    await append(3);
    await publish(progress, await seqsOf(progress));
    expect(await purgeOutbox(scratch.pool, hour)).toBe(2_499);
    expect(await kept()).toHaveLength(4);
    expect(await purgeOutbox(scratch.pool, hour)).toBe(0);
  });

  it('never takes what is not published: neither behind the last published row nor in a gap before it', async () => {
    await append(10);
    const seqs = await seqsOf(noProgress);
    // The fourth was not visible yet, the last two were not read.
    const seen = seqs.filter((_, index) => index !== 3 && index < 8);
    const progress = await publish({ publishedTo: (seqs[0] ?? 0) - 1, missing: [] }, seen);
    await mark(progress);
    await age(2 * hour);
    await purgeOutbox(scratch.pool, hour);
    const left = await seqsOf(progress);
    expect(left).toEqual(seqs.filter((seq) => !seen.includes(seq)));
    expect((await kept()).slice(-7)).toEqual(seqs.slice(3));
  });

  it('never takes what is parked; a discarded row goes with its trace, when that is old enough, too', async () => {
    await append(5);
    const seqs = await seqsOf(noProgress);
    const parked = { seq: seqs[1] ?? 0, correlationId: randomUUID(), cause: 'too large' };
    const progress = advance(noProgress, seqs);
    expect(await recordProgress(scratch.pool, lease, progress, [parked])).toBe(true);
    const settled = { ...progress, missing: [] };
    await mark(settled);
    await age(2 * hour);
    expect(await purgeOutbox(scratch.pool, hour)).toBe(3);
    expect(await kept()).toEqual([parked.seq, seqs[4]]);
    await discardOutboxParked(scratch.pool, parked.seq, { by: 'a test', why: 'to see it go' });
    expect(await purgeOutbox(scratch.pool, hour)).toBe(0);
    await scratch.pool.query('UPDATE outbox_parked SET decided_at = decided_at - INTERVAL 2 HOUR');
    await mark(settled);
    await age(2 * hour);
    expect(await purgeOutbox(scratch.pool, hour)).toBe(1);
    expect(await kept()).toEqual([seqs[4]]);
    expect((await scratch.pool.query('SELECT * FROM outbox_parked'))[0]).toEqual([]);
  });

  it('marks are made now and then only, and by nobody without the lease', async () => {
    const marks = async () => ((await scratch.pool.query('SELECT * FROM outbox_marks'))[0] as unknown[]).length;
    await mark(noProgress, hour);
    await mark(noProgress, hour);
    expect(await marks()).toBe(1);
    await age(2 * hour);
    await markProgress(scratch.pool, { ...lease, epoch: lease.epoch - 1 }, noProgress, hour);
    expect(await marks()).toBe(1);
    await mark(noProgress, hour);
    expect(await marks()).toBe(2);
  });

  it('C3: marks from a clock that was a year ahead do not keep new ones from being made', async () => {
    const marks = async () => ((await scratch.pool.query('SELECT * FROM outbox_marks'))[0] as unknown[]).length;
    await mark(noProgress, hour);
    await scratch.pool.query('UPDATE outbox_marks SET at = at + INTERVAL 1 YEAR');
    await mark(noProgress, hour);
    await mark(noProgress, hour);
    expect(await marks()).toBe(2);
  });

  it('an outbox whose numbers began anew is noticed, and all that is in it counts as unpublished', async () => {
    await append(20);
    const progress = await publish(noProgress, await seqsOf(noProgress));
    await mark(progress);
    expect(await isInStep(scratch.pool, progress)).toBe(true);
    await scratch.pool.query('TRUNCATE TABLE outbox');
    await append(3);
    expect(await isInStep(scratch.pool, progress)).toBe(false);
    const { renumbered, ...anew } = await takeUpProgress(scratch.pool, lease);
    expect([renumbered, anew]).toEqual([true, noProgress]);
    expect(await seqsOf(anew)).toHaveLength(3);
    // The old mark must not make the new rows look published.
    await age(2 * hour);
    expect(await purgeOutbox(scratch.pool, hour)).toBe(0);
    expect(await takeUpProgress(scratch.pool, lease)).toMatchObject({ renumbered: false });
  });

  describe('inbox (R21)', () => {
    /** The first 48 bits of a UUIDv7 are the time. @param at ms since 1970 */
    const idMadeAt = (at: number): string => {
      const time = at.toString(16).padStart(12, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}${randomUUIDv7().slice(13)}`;
    };
    /** @param made how long ago its id was made @param taken how long ago it was processed */
    const take = (...events: { made: number; taken: number; id?: string }[]) =>
      scratch.pool.query('INSERT INTO inbox (event_id, taken_at) VALUES ?', [
        events.map(({ made, taken, id }) => [id ?? idMadeAt(Date.now() - made), new Date(Date.now() - taken)]),
      ]);
    const remembered = async () => ((await scratch.pool.query('SELECT * FROM inbox'))[0] as unknown[]).length;

    it('forgets what was processed long enough ago, in steps', async () => {
      const [old, young] = [
        { made: 30 * hour, taken: 29 * hour },
        { made: 2 * hour, taken: hour },
      ];
      await take(...Array.from({ length: 2_500 }, () => old), ...Array.from({ length: 10 }, () => young));
      expect(await purgeInbox(scratch.pool, 24 * hour)).toBe(2_500);
      expect(await remembered()).toBe(10);
    });

    it('remembers an event that was made long ago and published late', async () => {
      await take({ made: 300 * hour, taken: hour }, { made: 301 * hour, taken: 300 * hour });
      expect(await purgeInbox(scratch.pool, 24 * hour)).toBe(1);
      expect(await remembered()).toBe(1);
    });

    it('is not led astray by a publisher whose clock is ahead or behind, or by ids that tell no time', async () => {
      await take(
        { made: -1_000 * hour, taken: 0 },
        { made: 1_000 * hour, taken: 0 },
        { made: 0, taken: 0, id: '00000000-0000-4000-8000-000000000000' },
        { made: 0, taken: 0, id: 'ffffffff-ffff-4fff-bfff-ffffffffffff' },
      );
      expect(await purgeInbox(scratch.pool, 24 * hour)).toBe(0);
      expect(await remembered()).toBe(4);
    });
  });
});
