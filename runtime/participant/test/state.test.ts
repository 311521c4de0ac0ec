import type { Event } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import type { Rows } from '@quadrille/db/rows';
import type { UnitOfWork } from '@quadrille/db/storage';
import { outbox } from '@quadrille/db/tables';
import type { Transaction } from '@quadrille/db/transaction';
import { describe, expect, it } from 'vitest';
import type { Participant } from '../decide.ts';
import { loadState, lockAhead } from '../state.ts';
import { received } from './fold.ts';

type Booking = { readonly orderId: string; readonly productId: number | null };
type Shelf = { readonly productId: number; readonly left: number };
type State = { readonly booking: Booking | undefined; readonly shelf: Shelf | undefined };

/** A table in memory that writes down what is asked of it. */
const tableOf = <Row, Key extends string | number>(keyOf: (row: Row) => Key, stored: readonly Row[]) => {
  const log: { lock: Key[][]; insert: Row[]; update: Row[] } = { lock: [], insert: [], update: [] };
  const rows: Rows<Row, Key> = {
    table: outbox,
    keyOf,
    read: async () => [],
    readBy: async () => [],
    page: async () => [],
    lock: async (_tx, keys) => {
      const wanted = [...keys];
      log.lock.push(wanted);
      return stored.filter((row) => wanted.includes(keyOf(row)));
    },
    insert: async (_tx, added) => void log.insert.push(...added),
    update: async (_tx, changed) => void log.update.push(...changed),
  };
  return { rows, log };
};

/** Hands everything on to the table it is about. */
const tx = {} as Transaction;
const unit = {
  lock: (table, keys) => table.lock(tx, keys),
  insert: (table, rows) => table.insert(tx, rows),
  update: (table, rows) => table.update(tx, rows),
} as Pick<UnitOfWork, 'lock' | 'insert' | 'update'> as UnitOfWork;

/** Bookings and the shelves they stand on; which shelf is found out from the booking, or from the order that asks for one. */
const setUp = (stored: { bookings?: Booking[]; shelves?: Shelf[] } = {}) => {
  const bookings = tableOf((row: Booking) => row.orderId, stored.bookings ?? []);
  const shelves = tableOf((row: Shelf) => row.productId, stored.shelves ?? []);
  const participant: Participant<State, Event> = {
    name: 'library',
    subscribes: [],
    state: {
      booking: { rows: bookings.rows, key: (orderId) => orderId },
      shelf: {
        rows: shelves.rows,
        key: (_orderId, event, { booking }) =>
          booking?.productId ?? (event?.type === 'order-created' ? (event as Created).data.productId : undefined),
      },
    },
    decide: () => ({}),
    status: ({ booking }) => (booking ? 'booked' : undefined),
  };
  return { participant, bookings: bookings.log, shelves: shelves.log };
};

type Created = ReturnType<typeof created>['event'];
const created = (correlationId: string, productId: number) => ({
  correlationId,
  event: received(orderCreated.of({ userId: 1, productId, productCount: 1, amount: 1, couponId: 0 })),
});
const cancelled = (correlationId: string) => ({
  correlationId,
  event: received(orderCancelled.of({ reason: { code: 'any', message: 'any', step: 'order' } })),
});
const command = (correlationId: string) => ({ correlationId, event: null });

describe('the rows of a batch', () => {
  it('are locked once for each table, each row once', async () => {
    const { participant, bookings, shelves } = setUp();
    await loadState(unit, participant, [created('a', 1), created('b', 1), cancelled('a'), command('c')]);
    expect(bookings.lock).toEqual([['a', 'b', 'c']]);
    expect(shelves.lock).toEqual([[1]]);
  });

  it('are found by rows that were found before them', async () => {
    const [booking, shelf] = [
      { orderId: 'a', productId: 7 },
      { productId: 7, left: 3 },
    ];
    const { participant, shelves } = setUp({ bookings: [booking], shelves: [shelf] });
    const batch = await loadState(unit, participant, [cancelled('a'), cancelled('b'), created('c', 8)]);
    expect(shelves.lock).toEqual([[7, 8]]);
    expect(batch.of(cancelled('a'))).toEqual({ booking, shelf });
    expect(batch.of(command('a'))).toEqual({ booking, shelf });
    expect(batch.of(cancelled('b'))).toEqual({ booking: undefined, shelf: undefined });
    expect(batch.of(created('c', 8))).toEqual({ booking: undefined, shelf: undefined });
  });

  it('are those that a command names itself, where it does', async () => {
    const { participant, bookings, shelves } = setUp({ shelves: [{ productId: 7, left: 3 }] });
    const named = { ...command('a'), keys: { shelf: 7 } };
    const batch = await loadState(unit, participant, [named, command('b'), created('c', 8)]);
    expect(bookings.lock).toEqual([['a', 'b', 'c']]);
    expect(shelves.lock).toEqual([[7, 8]]);
    expect(batch.of(named)).toEqual({ booking: undefined, shelf: { productId: 7, left: 3 } });
    expect(batch.of(command('b'))).toEqual({ booking: undefined, shelf: undefined });
  });

  it('can be locked ahead, and are not locked again', async () => {
    const { participant, bookings, shelves } = setUp({ shelves: [{ productId: 1, left: 3 }] });
    const inputs = [created('a', 1), created('b', 2)];
    const batch = await loadState(unit, participant, inputs, await lockAhead(unit, participant, inputs));
    expect(bookings.lock).toEqual([['a', 'b']]);
    expect(shelves.lock).toEqual([[1, 2]]);
    expect(batch.of(created('a', 1))).toEqual({ booking: undefined, shelf: { productId: 1, left: 3 } });
  });

  it('of a table are not locked ahead where some are found by other rows: they are locked once, in the order of their keys', async () => {
    const { participant, bookings, shelves } = setUp({ bookings: [{ orderId: 'a', productId: 7 }] });
    const inputs = [created('b', 8), cancelled('a')];
    await loadState(unit, participant, inputs, await lockAhead(unit, participant, inputs));
    expect(bookings.lock).toEqual([['a', 'b'].reverse()]);
    expect(shelves.lock).toEqual([[8, 7]]);
  });

  it('are locked besides where another one was locked ahead than is needed', async () => {
    const { participant, shelves } = setUp({ bookings: [{ orderId: 'a', productId: 7 }] });
    const inputs = [created('a', 8)];
    await loadState(unit, participant, inputs, await lockAhead(unit, participant, inputs));
    expect(shelves.lock).toEqual([[8], [7]]);
  });

  it('are seen by later inputs as earlier ones left them', async () => {
    const { participant } = setUp({ shelves: [{ productId: 1, left: 3 }] });
    const batch = await loadState(unit, participant, [created('a', 1), created('b', 1), cancelled('a')]);
    batch.put({ booking: { orderId: 'a', productId: 1 }, shelf: { productId: 1, left: 2 } });
    expect(batch.of(created('b', 1))).toEqual({ booking: undefined, shelf: { productId: 1, left: 2 } });
    expect(batch.of(cancelled('a'))).toEqual({
      booking: { orderId: 'a', productId: 1 },
      shelf: { productId: 1, left: 2 },
    });
  });

  it('are written once each: new ones added, stored ones replaced, the last change wins, the others left alone', async () => {
    const { participant, bookings, shelves } = setUp({
      bookings: [{ orderId: 'old', productId: 1 }],
      shelves: [
        { productId: 1, left: 3 },
        { productId: 2, left: 5 },
      ],
    });
    const batch = await loadState(unit, participant, [cancelled('old'), created('new', 1), created('other', 2)]);
    batch.put({ booking: { orderId: 'new', productId: 1 }, shelf: { productId: 1, left: 2 } });
    batch.put({ booking: { orderId: 'new', productId: null } });
    batch.put({ booking: { orderId: 'old', productId: null }, shelf: { productId: 1, left: 3 } });
    batch.put({ booking: undefined });
    await batch.save(unit);
    expect(bookings).toMatchObject({
      insert: [{ orderId: 'new', productId: null }],
      update: [{ orderId: 'old', productId: null }],
    });
    expect(shelves).toMatchObject({ insert: [], update: [{ productId: 1, left: 3 }] });
  });

  it('are not written when nothing changed', async () => {
    const { participant, bookings } = setUp({ bookings: [{ orderId: 'a', productId: null }] });
    const batch = await loadState(unit, participant, [cancelled('a')]);
    await batch.save(unit);
    expect(bookings).toMatchObject({ insert: [], update: [] });
  });

  it('that were not loaded are not taken for rows that do not exist', async () => {
    const { participant } = setUp();
    const batch = await loadState(unit, participant, [created('a', 1)]);
    expect(() => batch.of(cancelled('b'))).toThrow('the row with key b was not loaded');
    expect(() => batch.of(created('a', 2))).toThrow('the row with key 2 was not loaded');
  });
});
