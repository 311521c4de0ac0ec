import { UsageError } from '@quadrille/stack/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { actOnce, beginAct, listActs, readAct } from '../ledger.ts';

const author = { who: 'somebody', why: 'a reason' };
const act = { verb: 'test', what: { to: 'stock' }, lease: 'test stock' };

describe('the ledger', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('ops');
  });
  afterAll(() => scratch.drop());

  it('keeps who did what, why, and what came of it', async () => {
    const result = await actOnce(scratch.pool, act, author, async () => ({ events: 3 }));
    expect(result).toEqual({ events: 3 });
    await expect(
      actOnce(scratch.pool, act, author, async () => {
        throw new Error('the disk is full');
      }),
    ).rejects.toThrow('the disk is full');
    const [failed, done] = await listActs(scratch.pool, { limit: 10 });
    expect(done).toMatchObject({
      ...author,
      verb: 'test',
      what: { to: 'stock' },
      status: 'done',
      outcome: { events: 3 },
    });
    expect(failed).toMatchObject({ status: 'failed', outcome: { error: 'the disk is full' } });
    expect(failed?.endedAt).toBeInstanceOf(Date);
    expect(await listActs(scratch.pool, { limit: 10, before: done?.id })).toEqual([]);
  });

  it('lets the same run once at a time, of many that begin at once', async () => {
    const begun = await Promise.allSettled(Array.from({ length: 8 }, () => beginAct(scratch.pool, act, author)));
    const running = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(running).toHaveLength(1);
    for (const each of begun)
      if (each.status === 'rejected')
        expect(each.reason.message).toMatch(/The same (runs already|begins at this very moment)/);
    const other = await beginAct(scratch.pool, { ...act, lease: 'test coupon' }, author);
    await other.end('done', null);
    await running[0]?.end('stopped', { events: 1 });
    await (await beginAct(scratch.pool, act, author)).end('done', null);
  });

  it('D6: keeps what is as long as it may be, and turns away what is longer before anything is done', async () => {
    const long = { who: 'ö'.repeat(128), why: '💶'.repeat(255) };
    const payload = 'x'.repeat(1_000_000);
    await actOnce(scratch.pool, { ...act, what: { payload } }, long, async () => ({ text: payload }));
    const [kept] = await listActs(scratch.pool, { limit: 1 });
    expect(kept).toMatchObject({ ...long, what: { payload }, outcome: { text: payload } });
    let done = 0;
    const never = async () => void done++;
    await expect(actOnce(scratch.pool, act, { ...author, why: 'x'.repeat(256) }, never)).rejects.toThrow(UsageError);
    await expect(actOnce(scratch.pool, act, { ...author, who: 'x'.repeat(129) }, never)).rejects.toThrow(UsageError);
    const huge = { ...act, what: { payload: 'x'.repeat(9_000_000) } };
    await expect(actOnce(scratch.pool, huge, author, never)).rejects.toThrow(UsageError);
    expect(done).toBe(0);
  });

  it('tells an act whose process is gone from one that runs, and lets it be resumed', async () => {
    const gone = await beginAct(scratch.pool, act, author);
    await gone.note({ events: 7 }, { order: 12 });
    expect(await readAct(scratch.pool, gone.id)).toMatchObject({ status: 'running' });
    await scratch.pool.query('UPDATE leases SET expires_at = UTC_TIMESTAMP(3)');
    expect(await readAct(scratch.pool, gone.id)).toMatchObject({ status: 'interrupted', cursor: { order: 12 } });
    const again = await beginAct(scratch.pool, act, author, gone.id);
    expect(again.id).toBe(gone.id);
    // The one that was thought to be gone cannot take the lease with it.
    await gone.end('done', null);
    await expect(beginAct(scratch.pool, act, author)).rejects.toThrow(/The same/);
    await again.end('done', null);
  });
});
