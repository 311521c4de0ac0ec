import { UsageError } from '@quadrille/process/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';
import { actOnce, askToStop, beginAct, listActs, readAct } from '../ledger.ts';

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

  it('C3: an act whose lease ends an hour ahead, for the clock was set back, is interrupted, and the same may begin', async () => {
    const gone = await beginAct(scratch.pool, act, author);
    await scratch.pool.query('UPDATE leases SET expires_at = expires_at + INTERVAL 1 HOUR');
    expect(await readAct(scratch.pool, gone.id)).toMatchObject({ status: 'interrupted' });
    const next = await beginAct(scratch.pool, act, author);
    await gone.end('failed', null);
    await expect(beginAct(scratch.pool, act, author)).rejects.toThrow(/The same/);
    await next.end('done', null);
  });

  it('D2: has an act stop that runs anywhere, says who stopped it and why, and lets it be resumed', async () => {
    const ann = { who: 'ann', why: 'the wrong service' };
    const begun = Promise.withResolvers<void>();
    const work = actOnce(scratch.pool, act, author, async (signal) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { events: 3, stopped: (signal.reason as Error).message };
    });
    await begun.promise;
    const [running] = await listActs(scratch.pool, { limit: 1 });
    const id = Number(running?.id);
    expect(await askToStop(scratch.pool, id, ann)).toBe(true);
    // Whoever asks second is not the one who stopped it.
    expect(await askToStop(scratch.pool, id, { who: 'bob', why: 'the same' })).toBe(true);
    await work;
    expect(await readAct(scratch.pool, id)).toMatchObject({
      status: 'stopped',
      outcome: { events: 3, stopped: 'stopped by ann: the wrong service' },
    });
    const again = await beginAct(scratch.pool, act, author, id);
    const [rows] = await scratch.pool.query('SELECT stop_by, stop_why FROM acts WHERE id = ?', [id]);
    expect(rows).toEqual([{ stop_by: null, stop_why: null }]);
    await again.end('done', null);
  });

  it('D2: has an act stop that cannot say how far it came, with who stopped it and why as its outcome', async () => {
    const work = actOnce(scratch.pool, act, author, async (signal) => {
      const [running] = await listActs(scratch.pool, { limit: 1 });
      await askToStop(scratch.pool, Number(running?.id), { who: 'ann', why: 'too slow' });
      await until('the stop', async () => signal.aborted);
      throw new Error('aborted');
    });
    await expect(work).rejects.toThrow('aborted');
    const [last] = await listActs(scratch.pool, { limit: 1 });
    expect(last).toMatchObject({ status: 'stopped', outcome: { error: 'stopped by ann: too slow' } });
  });

  it('D2: stops nothing that is over, gone, or was never there', async () => {
    const done = await beginAct(scratch.pool, act, author);
    await done.end('done', null);
    expect(await askToStop(scratch.pool, done.id, author)).toBe(false);
    const gone = await beginAct(scratch.pool, act, author);
    await scratch.pool.query('UPDATE leases SET expires_at = UTC_TIMESTAMP(3)');
    expect(await askToStop(scratch.pool, gone.id, author)).toBe(false);
    await gone.end('done', null);
    expect(await askToStop(scratch.pool, 1_000_000, author)).toBe(false);
  });

  it('C8: lets nothing begin while its database does not answer, and says so', async () => {
    const blocker = await scratch.pool.getConnection();
    await blocker.query('LOCK TABLES acts WRITE, leases WRITE');
    try {
      await expect(beginAct(scratch.pool, { ...act, lease: 'frozen' }, author)).rejects.toThrow(
        'The ledger does not answer, so nothing was begun',
      );
    } finally {
      await blocker.query('UNLOCK TABLES');
      blocker.release();
    }
    const [late] = await until('the act that came too late', async () => {
      const acts = await listActs(scratch.pool, { limit: 1 });
      return acts[0]?.status === 'stopped' && acts;
    });
    expect(late?.outcome).toEqual({ error: 'nothing was done: the ledger did not answer' });
    const again = await until('a lease that is free', () =>
      beginAct(scratch.pool, { ...act, lease: 'frozen' }, author).catch(() => null),
    );
    await again.end('done', null);
  });
});
