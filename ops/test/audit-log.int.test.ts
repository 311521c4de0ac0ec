import { UsageError } from '@quadrille/process/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';
import { beginOperation, listOperations, readOperation, requestStop, runOperation } from '../audit-log.ts';

const author = { who: 'somebody', why: 'a reason' };
const operation = { verb: 'test', what: { to: 'stock' }, lease: 'test stock' };

describe('the audit log', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('ops');
  });
  afterAll(() => scratch.drop());

  it('keeps who did what, why, and what came of it', async () => {
    const result = await runOperation(scratch.pool, operation, author, async () => ({ events: 3 }));
    expect(result).toEqual({ events: 3 });
    await expect(
      runOperation(scratch.pool, operation, author, async () => {
        throw new Error('the disk is full');
      }),
    ).rejects.toThrow('the disk is full');
    const [failed, done] = (await listOperations(scratch.pool, { limit: 10 })).items;
    expect(done).toMatchObject({
      ...author,
      verb: 'test',
      what: { to: 'stock' },
      status: 'done',
      outcome: { events: 3 },
    });
    expect(failed).toMatchObject({ status: 'failed', outcome: { error: 'the disk is full' } });
    expect(failed?.endedAt).toBeInstanceOf(Date);
    expect((await listOperations(scratch.pool, { limit: 10, before: done?.id })).items).toEqual([]);
  });

  it('lets the same run once at a time, of many that begin at once', async () => {
    const begun = await Promise.allSettled(
      Array.from({ length: 8 }, () => beginOperation(scratch.pool, operation, author)),
    );
    const running = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(running).toHaveLength(1);
    for (const each of begun)
      if (each.status === 'rejected')
        expect(each.reason.message).toMatch(/The same (runs already|begins at this very moment)/);
    const other = await beginOperation(scratch.pool, { ...operation, lease: 'test coupon' }, author);
    await other.end('done', null);
    await running[0]?.end('stopped', { events: 1 });
    await (await beginOperation(scratch.pool, operation, author)).end('done', null);
  });

  it('D6: keeps what is as long as it may be, and turns away what is longer before anything is done', async () => {
    const long = { who: 'ö'.repeat(128), why: '💶'.repeat(255) };
    const payload = 'x'.repeat(1_000_000);
    await runOperation(scratch.pool, { ...operation, what: { payload } }, long, async () => ({ text: payload }));
    const [kept] = (await listOperations(scratch.pool, { limit: 1 })).items;
    expect(kept).toMatchObject({ ...long, what: { payload }, outcome: { text: payload } });
    let done = 0;
    const never = async () => void done++;
    await expect(runOperation(scratch.pool, operation, { ...author, why: 'x'.repeat(256) }, never)).rejects.toThrow(
      UsageError,
    );
    await expect(runOperation(scratch.pool, operation, { ...author, who: 'x'.repeat(129) }, never)).rejects.toThrow(
      UsageError,
    );
    const huge = { ...operation, what: { payload: 'x'.repeat(9_000_000) } };
    await expect(runOperation(scratch.pool, huge, author, never)).rejects.toThrow(UsageError);
    expect(done).toBe(0);
  });

  it('tells an operation whose process is gone from one that runs, and lets it be resumed', async () => {
    const gone = await beginOperation(scratch.pool, operation, author);
    await gone.note({ events: 7 }, { order: 12 });
    expect(await readOperation(scratch.pool, gone.id)).toMatchObject({ status: 'running' });
    await scratch.pool.query('UPDATE leases SET expires_at = UTC_TIMESTAMP(3)');
    expect(await readOperation(scratch.pool, gone.id)).toMatchObject({ status: 'interrupted', cursor: { order: 12 } });
    const again = await beginOperation(scratch.pool, operation, author, gone.id);
    expect(again.id).toBe(gone.id);
    // The one that was thought to be gone cannot take the lease with it.
    await gone.end('done', null);
    await expect(beginOperation(scratch.pool, operation, author)).rejects.toThrow(/The same/);
    await again.end('done', null);
  });

  it('C3: an operation whose lease ends an hour ahead, for the clock was set back, is interrupted, and the same may begin', async () => {
    const gone = await beginOperation(scratch.pool, operation, author);
    await scratch.pool.query('UPDATE leases SET expires_at = expires_at + INTERVAL 1 HOUR');
    expect(await readOperation(scratch.pool, gone.id)).toMatchObject({ status: 'interrupted' });
    const next = await beginOperation(scratch.pool, operation, author);
    await gone.end('failed', null);
    await expect(beginOperation(scratch.pool, operation, author)).rejects.toThrow(/The same/);
    await next.end('done', null);
  });

  it('D2: has an operation stop that runs anywhere, says who stopped it and why, and lets it be resumed', async () => {
    const ann = { who: 'ann', why: 'the wrong service' };
    const begun = Promise.withResolvers<void>();
    const work = runOperation(scratch.pool, operation, author, async (signal) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { events: 3, stopped: (signal.reason as Error).message };
    });
    await begun.promise;
    const [running] = (await listOperations(scratch.pool, { limit: 1 })).items;
    const id = Number(running?.id);
    expect(await requestStop(scratch.pool, id, ann)).toBe(true);
    // Whoever asks second is not the one who stopped it.
    expect(await requestStop(scratch.pool, id, { who: 'bob', why: 'the same' })).toBe(true);
    await work;
    expect(await readOperation(scratch.pool, id)).toMatchObject({
      status: 'stopped',
      outcome: { events: 3, stopped: 'stopped by ann: the wrong service' },
    });
    const again = await beginOperation(scratch.pool, operation, author, id);
    const [rows] = await scratch.pool.query('SELECT stop_by, stop_why FROM acts WHERE id = ?', [id]);
    expect(rows).toEqual([{ stop_by: null, stop_why: null }]);
    await again.end('done', null);
  });

  it('D2: has an operation stop that cannot say how far it came, with who stopped it and why as its outcome', async () => {
    const work = runOperation(scratch.pool, operation, author, async (signal) => {
      const [running] = (await listOperations(scratch.pool, { limit: 1 })).items;
      await requestStop(scratch.pool, Number(running?.id), { who: 'ann', why: 'too slow' });
      await until('the stop', async () => signal.aborted);
      throw new Error('aborted');
    });
    await expect(work).rejects.toThrow('aborted');
    const [last] = (await listOperations(scratch.pool, { limit: 1 })).items;
    expect(last).toMatchObject({ status: 'stopped', outcome: { error: 'stopped by ann: too slow' } });
  });

  it('D2: stops nothing that is over, gone, or was never there', async () => {
    const done = await beginOperation(scratch.pool, operation, author);
    await done.end('done', null);
    expect(await requestStop(scratch.pool, done.id, author)).toBe(false);
    const gone = await beginOperation(scratch.pool, operation, author);
    await scratch.pool.query('UPDATE leases SET expires_at = UTC_TIMESTAMP(3)');
    expect(await requestStop(scratch.pool, gone.id, author)).toBe(false);
    await gone.end('done', null);
    expect(await requestStop(scratch.pool, 1_000_000, author)).toBe(false);
  });

  it('C8: lets nothing begin while its database does not answer, and says so', async () => {
    const blocker = await scratch.pool.getConnection();
    await blocker.query('LOCK TABLES acts WRITE, leases WRITE');
    try {
      await expect(beginOperation(scratch.pool, { ...operation, lease: 'frozen' }, author)).rejects.toThrow(
        'The audit log does not answer, so nothing was begun',
      );
    } finally {
      await blocker.query('UNLOCK TABLES');
      blocker.release();
    }
    const [late] = await until('the operation that came too late', async () => {
      const operations = (await listOperations(scratch.pool, { limit: 1 })).items;
      return operations[0]?.status === 'stopped' && operations;
    });
    expect(late?.outcome).toEqual({ error: 'nothing was done: the audit log did not answer' });
    const again = await until('a lease that is free', () =>
      beginOperation(scratch.pool, { ...operation, lease: 'frozen' }, author).catch(() => null),
    );
    await again.end('done', null);
  });
});
