import { randomUUID } from 'node:crypto';
import { acquireLease } from '@quadrille/db/lease';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch } from '../../test/support/latch.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { inShort, spyOn } from '../../test/support/spy-pool.ts';
import { until } from '../../test/support/until.ts';
import { tryToLead } from '../leader.ts';

const long = 600_000;

describe('leadership (R5)', () => {
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
    const leadership = await tryToLead(pool, randomUUID());
    if (!leadership) throw new Error('nobody else leads');
    return leadership;
  };
  const takenOver = () => until('it is taken over', () => acquireLease(scratch.pool, randomUUID(), long));

  it('is renewed in time, so that nobody else gets it', async () => {
    let renewals = 0;
    const watched = spyOn(scratch.pool, (sql) => void (isRenewal(sql) && renewals++));
    const leadership = await leadWith(watched);
    // More than one time to live.
    await until('four renewals', async () => renewals >= 4);
    expect(leadership.holds()).toBe(true);
    expect(await acquireLease(scratch.pool, randomUUID(), long)).toBeNull();
    await leadership.resign();
    expect(leadership.holds()).toBe(false);
    expect(await acquireLease(scratch.pool, randomUUID(), long)).not.toBeNull();
  });

  it('that cannot be renewed is over, for who has it, before another one begins', async () => {
    const cutOff = spyOn(scratch.pool, (sql) => {
      if (isRenewal(sql)) throw new Error('unreachable');
    });
    const leadership = await leadWith(cutOff);
    await takenOver();
    expect(leadership.holds()).toBe(false);
    await leadership.resign();
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
    const leadership = await leadWith(slow);
    await takenOver();
    expect(leadership.holds()).toBe(false);
    await leadership.resign();
  });
});
