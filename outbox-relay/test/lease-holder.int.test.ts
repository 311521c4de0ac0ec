import { randomUUID } from 'node:crypto';
import { acquireLease } from '@quadrille/db/lease';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch } from '../../test/support/latch.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { inShort, spyOn } from '../../test/support/spy-pool.ts';
import { until } from '../../test/support/until.ts';
import { holdLease } from '../lease-holder.ts';

const long = 600_000;

describe('held (R5)', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
  });
  beforeEach(async () => {
    await scratch.pool.query('DELETE FROM relay_lease');
  });
  afterAll(() => scratch?.drop());

  const isRenewal = (sql: string) => inShort(sql) === 'UPDATE relay_lease' && sql.includes('epoch = ?');
  const leadWith = async (pool: Scratch['pool']) => {
    const held = await holdLease(pool, randomUUID());
    if (!held) throw new Error('no other relay holds the lease');
    return held;
  };
  const takenOver = () => until('it is taken over', () => acquireLease(scratch.pool, randomUUID(), long));

  it('is renewed in time, so that nobody else gets it', async () => {
    let renewals = 0;
    const watched = spyOn(scratch.pool, (sql) => void (isRenewal(sql) && renewals++));
    const held = await leadWith(watched);
    // More than one time to live.
    await until('four renewals', async () => renewals >= 4);
    expect(held.holds()).toBe(true);
    expect(await acquireLease(scratch.pool, randomUUID(), long)).toBeNull();
    await held.release();
    expect(held.holds()).toBe(false);
    expect(await acquireLease(scratch.pool, randomUUID(), long)).not.toBeNull();
  });

  it('that cannot be renewed is over, for who has it, before another one begins', async () => {
    const cutOff = spyOn(scratch.pool, (sql) => {
      if (isRenewal(sql)) throw new Error('unreachable');
    });
    const held = await leadWith(cutOff);
    await takenOver();
    expect(held.holds()).toBe(false);
    await held.release();
  });

  it('is counted from when a renewal was asked for, also when its answer comes after the next was asked for', async () => {
    const answered = latch();
    let asked = 0;
    const slow = spyOn(
      scratch.pool,
      (sql) => {
        if (!isRenewal(sql)) return;
        // The first reaches the database; of those that follow none does.
        if (++asked > 1) {
          if (asked === 3) answered.open();
          throw new Error('unreachable');
        }
      },
      async (sql) => {
        if (isRenewal(sql)) await answered.opened;
      },
    );
    const held = await leadWith(slow);
    await takenOver();
    expect(held.holds()).toBe(false);
    await held.release();
  });
});
