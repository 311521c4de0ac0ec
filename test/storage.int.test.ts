import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { mysqlStorage, type Storage } from '@quadrille/db/storage';
import { dryRunStorage } from '@quadrille/ops/replay/dry-run-storage';
import type { Delivered } from '@quadrille/participant/input';
import { definitionOf } from '@quadrille/services';
import type { Product } from '@quadrille/services/stock/schema';
import { productRows } from '@quadrille/services/stock/store';
import { ascending, createDatabase } from '@quadrille/simulate/memory-storage';
import { randomFrom } from '@quadrille/simulate/random';
import { createWorld } from '@quadrille/simulate/world';
import { describe, expect, it } from 'vitest';
import { received, recordOf } from './support/events.ts';
import { scratchDatabase } from './support/scratch.ts';

const product: Product = { productId: 7, price: 100, available: 3, reserved: 0, sold: 0 };
const stock = definitionOf('stock').handle({ env: {} });
const author = { by: 'a test', why: 'to compare storages' };

const order = { userId: 1, productId: 7, productCount: 1, amount: 100, couponId: 0 };
const id = (order: number) => `01990000-0000-7000-8000-00000000000${order}`;
const created = (orderId: string) => recordOf(received(orderId, orderCreated.of(order)));
const cancelled = (orderId: string) =>
  recordOf(received(orderId, orderCancelled.of({ reason: { code: 'x', message: 'x', step: 'order' } })));
const broken = (record: Delivered): Delivered => ({ ...record, value: Buffer.from('{"productId":"seven"}') });

/** A storage of stock's, with one product; `run` gives it what it needs while it works. */
type Subject = { readonly storage: Storage; readonly run: (work: () => Promise<void>) => Promise<void> };

const onMysql = async (
  storageOf: (pool: Parameters<typeof mysqlStorage>[0]) => Storage,
  work: (subject: Subject) => Promise<void>,
) => {
  const scratch = await scratchDatabase('stock');
  try {
    await scratch.pool.query('DELETE FROM products');
    await scratch.pool.query('INSERT INTO products VALUES (?, ?, ?, ?, ?)', [7, 100, 3, 0, 0]);
    await work({ storage: storageOf(scratch.pool), run: (inside) => inside() });
  } finally {
    await scratch.drop();
  }
};

const inMemory = async (work: (subject: Subject) => Promise<void>) => {
  const world = createWorld(randomFrom(1), () => {});
  const database = createDatabase({
    world,
    name: 'stock',
    onCommit: () => {},
    losesAnswer: () => false,
    sorted: ascending,
  });
  database.seed(productRows, [product]);
  await work({
    storage: database.storage,
    run: async (inside) => {
      world.start(world.newProcess('a test', 0), async () => {
        await inside();
        world.end();
      });
      await world.run();
    },
  });
};

const storages: Readonly<Record<string, (work: (subject: Subject) => Promise<void>) => Promise<void>>> = {
  MySQL: (work) => onMysql(mysqlStorage, work),
  'the dry run': (work) => onMysql(dryRunStorage, work),
  memory: inMemory,
};

describe.each(Object.entries(storages))('the storage of %s', (_, withStorage) => {
  it('drops duplicates, parks in order, retries, edits and discards as the others do', () =>
    withStorage(({ storage, run }) =>
      run(async () => {
        const take = async (...records: Delivered[]) =>
          (await stock.take(storage, records)).map(({ kind, status }) => (status ? `${kind}: ${status}` : kind));

        const first = created(id(1));
        expect(await take(first, created(id(2)))).toEqual(['applied: reserved', 'applied: reserved']);
        // Again, and in another batch than the one that it came with.
        expect(await take(first)).toEqual(['duplicate']);

        // A cancellation before the order leaves a tombstone.
        expect(await take(cancelled(id(3)))).toEqual(['applied: tombstone']);
        expect(await take(created(id(3)))).toEqual(['applied: tombstone']);

        // A bad event blocks the later ones of its order, and no other order.
        expect(await take(broken(created(id(4))), cancelled(id(4)), created(id(5)))).toEqual([
          'parked',
          'waiting',
          'applied: reserved',
        ]);
        expect(await take(created(id(4)))).toEqual(['waiting']);
        const { retried, head } = await retry(storage, id(4));
        expect(retried).toBe(0);
        expect(head).toMatchObject({ attempts: 2, correlationId: id(4) });

        await stock.edit(
          storage,
          { correlationId: id(4), seq: head?.seq ?? 0 },
          { payload: Buffer.from(JSON.stringify(order)) },
          author,
        );
        expect(await retry(storage, id(4))).toEqual({ retried: 3, head: null });
        // Nothing is blocked any more, and all three units are reserved.
        expect(await take(created(id(6)))).toEqual(['applied: rejected']);

        expect(await take(broken(created(id(8))), created(id(8)))).toEqual(['parked', 'waiting']);
        const stuck = await retry(storage, id(8));
        expect(await stock.discard(storage, { correlationId: id(8), seqs: [stuck.head?.seq ?? 0] }, author)).toEqual({
          discarded: 1,
          left: 1,
        });
        expect(await retry(storage, id(8))).toEqual({ retried: 1, head: null });
      }),
    ));

  it('keeps nothing of a transaction that fails', () =>
    withStorage(({ storage, run }) =>
      run(async () => {
        const record = created(id(1));
        await expect(
          stock.take(storage, [record], () => {
            throw new Error('no');
          }),
        ).rejects.toThrow('no');
        expect((await stock.take(storage, [record])).map(({ kind }) => kind)).toEqual(['applied']);
      }),
    ));
});

const retry = async (storage: Storage, orderId: string) => {
  const { released, stuck } = await stock.retry(storage, orderId, author);
  return { retried: released, head: stuck };
};
