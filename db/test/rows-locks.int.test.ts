import { type Product, products } from '@quadrille/services/stock/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latch } from '../../test/support/latch.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { connect } from '../connect.ts';
import { rowsOf } from '../rows.ts';
import { transact } from '../transaction.ts';

const rows = rowsOf(products, 'productId');
const product = (productId: number, available: number): Product => ({
  productId,
  price: 1,
  available,
  reserved: 0,
  sold: 0,
});

describe('rows that others want, too', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  afterAll(() => scratch?.drop());

  it('an update of one row disturbs no other', async () => {
    await transact(scratch.pool, (tx) =>
      rows.insert(
        tx,
        [21, 22, 23].map((id) => product(id, id)),
      ),
    );
    await transact(scratch.pool, async (tx) => {
      await rows.lock(tx, [22]);
      await rows.update(tx, [product(22, 0)]);
    });
    const left = await transact(scratch.pool, (tx) => rows.lock(tx, [23, 21, 22]));
    expect(left.map(({ available }) => available)).toEqual([21, 0, 23]);
  });

  it('an insert of a key that exists is an error (1062), not a change', async () => {
    const pool = connect(scratch.url, 1);
    let runs = 0;
    const work = transact(pool, (tx) => {
      runs++;
      return rows.insert(tx, [product(31, 1), product(31, 2)]);
    });
    await expect(work).rejects.toMatchObject({ errno: 1062 });
    await pool.end();
    expect(runs).toBeGreaterThan(1);
    expect(await transact(scratch.pool, (tx) => rows.lock(tx, [31]))).toEqual([]);
  });

  it('R38: a locked row makes another transaction wait for its new value', async () => {
    const { pool } = scratch;
    await transact(pool, (tx) => rows.insert(tx, [product(41, 0)]));
    const [locked, mayGo] = [latch(), latch()];
    const first = transact(pool, async (tx) => {
      const [row] = await rows.lock(tx, [41]);
      locked.open();
      await mayGo.opened;
      await rows.update(tx, [product(41, (row?.available ?? 0) + 1)]);
    });
    await locked.opened;
    const second = transact(pool, async (tx) => {
      const reading = rows.lock(tx, [41]);
      mayGo.open();
      const [row] = await reading;
      await rows.update(tx, [product(41, (row?.available ?? 0) + 1)]);
    });
    await Promise.all([first, second]);
    expect(await transact(pool, (tx) => rows.lock(tx, [41]))).toMatchObject([{ available: 2 }]);
  });
});
