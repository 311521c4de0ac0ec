import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch, meeting } from '../../test/support/latch.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { insertInbox, readInbox } from '../inbox.ts';
import { type Transaction, transact } from '../transaction.ts';

describe('inbox', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(async () => {
    await scratch.pool.query('DELETE FROM inbox');
    await scratch.pool.query('REPLACE INTO products VALUES (1, 100, 0, 0, 0)');
  });
  afterAll(() => scratch?.drop());

  /** Takes events in, each counted as one piece of product 1. @returns the ids that were new */
  const takeIn = async (tx: Transaction, eventIds: readonly string[]): Promise<string[]> => {
    const { now, taken } = await readInbox(tx, eventIds);
    const fresh = eventIds.filter((id) => !taken.has(id));
    await insertInbox(tx, fresh, now);
    await tx.query('UPDATE products SET available = available + ? WHERE product_id = 1', [fresh.length]);
    return fresh;
  };
  const effects = async (): Promise<number> =>
    ((await scratch.pool.query('SELECT available FROM products'))[0] as { available: number }[])[0]?.available ?? -1;
  const remembered = async (): Promise<string[]> =>
    ((await scratch.pool.query('SELECT event_id AS id FROM inbox ORDER BY 1'))[0] as { id: string }[]).map(
      (row) => row.id,
    );

  it('R40: the same event twice is one effect', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await transact(scratch.pool, (tx) => takeIn(tx, [first]))).toEqual([first]);
    expect(await transact(scratch.pool, (tx) => takeIn(tx, [first, second]))).toEqual([second]);
    expect(await transact(scratch.pool, (tx) => takeIn(tx, [first, second]))).toEqual([]);
    expect(await effects()).toBe(2);
    expect(await remembered()).toEqual([first, second].sort());
  });

  it('R40: affectedRows is no witness: with the flags of our pool a duplicate counts as a row', async () => {
    const insert = "INSERT INTO inbox VALUES ('the same', NOW(3)) ON DUPLICATE KEY UPDATE event_id = event_id";
    const [fresh] = await scratch.pool.query(insert);
    const [duplicate] = await scratch.pool.query(insert);
    expect(fresh).toMatchObject({ affectedRows: 1 });
    expect(duplicate).toMatchObject({ affectedRows: 1 });
    expect(await remembered()).toEqual(['the same']);
  });

  it('a look with no ids, and a record of none, do no harm', async () => {
    expect(await transact(scratch.pool, (tx) => takeIn(tx, []))).toEqual([]);
    expect(await effects()).toBe(0);
  });

  it('R33: the clock is that of the database, in UTC, with milliseconds', async () => {
    const [before, { now }, after] = await transact(scratch.pool, async (tx) => [
      await clock(tx),
      await readInbox(tx, ['x']),
      await clock(tx),
    ]);
    expect(now.getTime()).toBeGreaterThanOrEqual(before);
    expect(now.getTime()).toBeLessThanOrEqual(after);
  });
  const clock = async (tx: Transaction): Promise<number> => {
    const [rows] = await tx.query('SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS ms');
    return (rows as { ms: number }[])[0]?.ms ?? Number.NaN;
  };

  it('R15: two transactions that take the same event in at once have one effect', async () => {
    const bothHaveLooked = meeting(2);
    const id = randomUUID();
    let runs = 0;
    const take = () => {
      let run = 0;
      return transact(scratch.pool, async (tx) => {
        runs++;
        // Both look before either has recorded.
        const looked = await readInbox(tx, [id]);
        if (++run === 1) {
          expect(looked.taken.size).toBe(0);
          await bothHaveLooked();
        }
        if (looked.taken.has(id)) return 'seen';
        await insertInbox(tx, [id], looked.now);
        await tx.query('UPDATE products SET available = available + 1 WHERE product_id = 1');
        return 'taken';
      });
    };
    const outcomes = await Promise.all([take(), take()]);
    expect(outcomes.sort()).toEqual(['seen', 'taken']);
    expect(runs).toBe(3);
    expect(await effects()).toBe(1);
  });

  it('R15: when the one that came first gives up, the one that waited takes the event', async () => {
    const [recorded, mayFail] = [latch(), latch()];
    const id = randomUUID();
    const failing = transact(scratch.pool, async (tx) => {
      await takeIn(tx, [id]);
      recorded.open();
      await mayFail.opened;
      throw new Error('gives up');
    });
    await recorded.opened;
    const waiting = transact(scratch.pool, (tx) => takeIn(tx, [id]));
    mayFail.open();
    await expect(failing).rejects.toThrow('gives up');
    expect(await waiting).toEqual([id]);
    expect(await effects()).toBe(1);
  });

  it('R41: an id that is too long fails loudly, and takes the batch with it', async () => {
    const ids = [randomUUID(), `${randomUUID()}-and-more`];
    await expect(transact(scratch.pool, (tx) => takeIn(tx, ids))).rejects.toMatchObject({ code: 'ER_DATA_TOO_LONG' });
    expect(await remembered()).toEqual([]);
    expect(await effects()).toBe(0);
  });

  it('R49: ids that differ only by case are two events', async () => {
    const [lower, upper] = ['abcdefab-0000-7000-8000-000000000001', 'ABCDEFAB-0000-7000-8000-000000000001'];
    expect(await transact(scratch.pool, (tx) => takeIn(tx, [lower]))).toEqual([lower]);
    expect(await transact(scratch.pool, (tx) => takeIn(tx, [upper]))).toEqual([upper]);
    expect(await effects()).toBe(2);
  });
});
