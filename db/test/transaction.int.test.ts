import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch, meeting } from '../../test/support/latch.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { noteTrips } from '../../test/support/spy-pool.ts';
import { connect, type Pool } from '../connect.ts';
import { insertInbox } from '../inbox.ts';
import { type Transaction, transact } from '../transaction.ts';

describe('transact', () => {
  let scratch: Scratch;
  let single: Pool;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    single = connect(scratch.url, 1);
  });
  beforeEach(async () => {
    await scratch.pool.query('DELETE FROM inbox');
    await scratch.pool.query('DELETE FROM products');
    await scratch.pool.query('INSERT INTO products VALUES (1, 100, 0, 0, 0), (2, 100, 0, 0, 0)');
  });
  afterAll(async () => {
    await single?.end();
    await scratch?.drop();
  });

  const addOne = (tx: Transaction, productId: number) =>
    tx.query('UPDATE products SET available = available + 1 WHERE product_id = ?', [productId]);
  const available = async (): Promise<unknown> =>
    (
      (await scratch.pool.query('SELECT available FROM products ORDER BY product_id'))[0] as { available: number }[]
    ).map((row) => row.available);
  const inboxSize = async (): Promise<number> =>
    ((await scratch.pool.query('SELECT COUNT(*) AS size FROM inbox'))[0] as { size: number }[])[0]?.size ?? -1;

  it('R27: a deadlock between two transactions is retried and both effects are there', async () => {
    const bothHoldOne = meeting(2);
    let runs = 0;
    const crossing = (first: number, second: number) => {
      let run = 0;
      return transact(scratch.pool, async (tx) => {
        runs++;
        await addOne(tx, first);
        if (++run === 1) await bothHoldOne();
        await addOne(tx, second);
      });
    };
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect(await available()).toEqual([2, 2]);
    expect(runs).toBeGreaterThan(2);
  });

  it('R36: a lock wait timeout leaves no half step, and the whole of the work runs again', async () => {
    await single.query('SET SESSION innodb_lock_wait_timeout = 1');
    const held = latch();
    const blocked = latch();
    const blocker = transact(scratch.pool, async (tx) => {
      await addOne(tx, 1);
      held.open();
      await blocked.opened;
    });
    await held.opened;
    const inboxAtStart: number[] = [];
    await transact(single, async (tx) => {
      inboxAtStart.push(await inboxSize());
      // The second run finds the lock free.
      if (inboxAtStart.length === 2) {
        blocked.open();
        await blocker;
      }
      await insertInbox(tx, ['once'], new Date());
      await addOne(tx, 1);
    });
    expect(inboxAtStart).toEqual([0, 0]);
    expect(await inboxSize()).toBe(1);
    expect(await available()).toEqual([2, 0]);
  });

  it('an error rolls back everything, and is not retried', async () => {
    let runs = 0;
    const work = transact(scratch.pool, async (tx) => {
      runs++;
      await insertInbox(tx, ['never'], new Date());
      await addOne(tx, 1);
      throw new TypeError('a bug');
    });
    await expect(work).rejects.toThrow('a bug');
    expect(runs).toBe(1);
    expect(await inboxSize()).toBe(0);
    expect(await available()).toEqual([0, 0]);
  });

  it('R43: after a failure the next borrower of the connection has no transaction and no locks', async () => {
    const [[before]] = (await single.query('SELECT CONNECTION_ID() AS id')) as unknown as [{ id: number }[]];
    const work = transact(single, async (tx) => {
      await addOne(tx, 1);
      throw new Error('half way');
    });
    await expect(work).rejects.toThrow('half way');
    const [[after]] = (await single.query('SELECT CONNECTION_ID() AS id, @@autocommit AS autocommit')) as unknown as [
      { id: number; autocommit: number }[],
    ];
    expect(after).toEqual({ id: before?.id, autocommit: 1 });
    // Fails at once if anybody still holds the row.
    await scratch.pool.query('SELECT 1 FROM products WHERE product_id = 1 FOR UPDATE NOWAIT');
    await single.query('UPDATE products SET available = 5 WHERE product_id = 2');
    expect(await available()).toEqual([0, 5]);
  });

  it('R43: a connection that dies in a transaction is replaced', async () => {
    const work = transact(single, async (tx) => {
      await addOne(tx, 1);
      await tx.query('KILL CONNECTION_ID()');
    });
    await expect(work).rejects.toThrow();
    await transact(single, (tx) => addOne(tx, 1));
    expect(await available()).toEqual([1, 0]);
  });

  it('R37: a conflict that stays is given up with its error, not retried for ever', async () => {
    let runs = 0;
    const work = transact(scratch.pool, async (tx) => {
      runs++;
      await addOne(tx, 1);
      await tx.query("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'always in the way'");
    });
    await expect(work).rejects.toMatchObject({ errno: 1213, message: 'always in the way' });
    expect(runs).toBe(8);
    expect(await available()).toEqual([0, 0]);
  });

  it.each([1020, 1205, 1213, 3572])('R37: error %i is a conflict and runs the work again', async (errno) => {
    let runs = 0;
    await transact(scratch.pool, async (tx) => {
      await addOne(tx, 1);
      if (++runs < 3) await tx.query(`SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}`);
    });
    expect(runs).toBe(3);
    expect(await available()).toEqual([1, 0]);
  });

  describe('what it writes', () => {
    const watched = (trips: string[]): Pool => noteTrips(single, trips);

    it('goes along with the next statement, or with COMMIT', async () => {
      const trips: string[] = [];
      const seen = await transact(watched(trips), async (tx) => {
        await tx.query('SELECT 1');
        await tx.write('UPDATE products SET available = ? WHERE product_id = 1', [7]);
        const [rows] = await tx.query('SELECT available FROM products WHERE product_id = ?', [1]);
        await tx.write('UPDATE products SET available = ? WHERE product_id = 2', [8]);
        await tx.write('UPDATE products SET sold = ? WHERE product_id = 2', [9]);
        return rows;
      });
      expect(seen).toEqual([{ available: 7 }]);
      expect(await available()).toEqual([7, 8]);
      expect(trips).toEqual([
        'START TRANSACTION / SELECT 1',
        'UPDATE products SET available = 7 WHERE product_id = 1 / SELECT available FROM products WHERE product_id = 1',
        'UPDATE products SET available = 8 WHERE product_id = 2 / UPDATE products SET sold = 9 WHERE product_id = 2 / COMMIT',
      ]);
    });

    it('shares a round trip with what is asked for at the same time, in its order; each gets its own answer', async () => {
      const trips: string[] = [];
      const answers = await transact(watched(trips), async (tx) => {
        await tx.write('UPDATE products SET available = ? WHERE product_id = 1', [7]);
        return Promise.all([
          tx.query('SELECT available FROM products WHERE product_id = ?', [1]),
          tx.query('SELECT available FROM products WHERE product_id = ?', [2]),
        ]);
      });
      expect(answers.map(([rows]) => rows)).toEqual([[{ available: 7 }], [{ available: 0 }]]);
      expect(trips).toEqual([
        'START TRANSACTION / UPDATE products SET available = 7 WHERE product_id = 1 / SELECT available FROM products WHERE product_id = 1 / SELECT available FROM products WHERE product_id = 2',
        'COMMIT',
      ]);
    });

    it('is not sent when a statement that was asked for before it has failed, whoever catches that', async () => {
      const work = transact(single, async (tx) => {
        await tx.query("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'").catch(() => {});
        await tx.query('UPDATE products SET available = 5 WHERE product_id = 1');
      });
      await expect(work).rejects.toMatchObject({ message: 'refused' });
      expect(await available()).toEqual([0, 0]);
    });

    it('is split where it would be longer than the server takes', async () => {
      const trips: string[] = [];
      const long = 'x'.repeat(6_000_000);
      await transact(watched(trips), async (tx) => {
        for (const productId of [1, 2, 1, 2])
          await tx.write('UPDATE products SET available = LENGTH(?) WHERE product_id = ?', [long, productId]);
      });
      expect(await available()).toEqual([6_000_000, 6_000_000]);
      expect(trips.length).toBe(2);
    });

    it('undoes all when one of the statements sent together fails, and the connection is as good as before', async () => {
      const work = transact(single, async (tx) => {
        await tx.write('UPDATE products SET available = 5 WHERE product_id = ?', [1]);
        await tx.write('INSERT INTO inbox VALUES (?, ?)', ['x'.repeat(99), new Date()]);
        await tx.write('UPDATE products SET available = 6 WHERE product_id = ?', [2]);
      });
      await expect(work).rejects.toMatchObject({ code: 'ER_DATA_TOO_LONG' });
      expect(await available()).toEqual([0, 0]);
      await transact(single, (tx) => addOne(tx, 1));
      expect(await available()).toEqual([1, 0]);
    });

    it('is text where it holds a semicolon or a quote', async () => {
      const id = `'; DELETE FROM products; -- "?`;
      await transact(single, async (tx) => {
        await tx.write('INSERT INTO inbox VALUES (?, ?)', [id, new Date()]);
        await tx.write('UPDATE products SET available = ? WHERE product_id = ?', [1, 1]);
      });
      expect((await single.query('SELECT event_id AS id FROM inbox'))[0]).toEqual([{ id }]);
      expect(await available()).toEqual([1, 0]);
    });
  });

  it('R33, R38: every connection of a pool is READ COMMITTED and in UTC', async () => {
    const five = connect(scratch.url, 5);
    const connections = await Promise.all(Array.from({ length: 5 }, () => five.getConnection()));
    for (const connection of connections) {
      const [rows] = await connection.query(
        `SELECT @@session.transaction_isolation AS isolation, @@session.time_zone AS zone,
           TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(), NOW()) AS skew, @@character_set_connection AS charset`,
      );
      expect(rows).toEqual([{ isolation: 'READ-COMMITTED', zone: '+00:00', skew: 0, charset: 'utf8mb4' }]);
      connection.release();
    }
    await five.end();
  });

  it('R38: inside a transaction a read sees what others have committed meanwhile', async () => {
    const seen = await transact(scratch.pool, async (tx) => {
      await tx.query('SELECT available FROM products');
      await transact(single, (other) => addOne(other, 1));
      const [rows] = await tx.query('SELECT available FROM products WHERE product_id = 1');
      return rows;
    });
    expect(seen).toEqual([{ available: 1 }]);
  });
});
