import { randomUUID } from 'node:crypto';
import { mysqlStorage } from '@quadrille/db/storage';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parkedOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { inShort, spyOn } from '../../../test/support/spy-pool.ts';
import {
  cancelled,
  created,
  input,
  productsOf,
  reservationsOf,
  saidOf,
  sizesOf,
  stockApp,
  stockUp,
} from '../../../test/support/stock.ts';
import { until } from '../../../test/support/until.ts';
import { backoff } from '../backoff.ts';
import { watchFailureRate } from '../failure-rate.ts';
import type { Halt } from '../halt.ts';
import { applyForCertain } from '../resilient.ts';

const bug = () => {
  throw new TypeError('a bug in a rule');
};

describe('applyForCertain', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 1_000));
  afterAll(() => scratch?.drop());

  const orders = (count: number) => Array.from({ length: count }, () => created());
  /** The database as the runtime sees it, and how often it committed. */
  const watched = (before: (sql: string) => void = () => {}) => {
    const seen = { commits: 0, rollbacks: 0 };
    const pool = spyOn(scratch.pool, (sql) => {
      before(inShort(sql));
      if (sql === 'COMMIT') seen.commits++;
      if (sql === 'ROLLBACK') seen.rollbacks++;
    });
    return { seen, storage: mysqlStorage(pool) };
  };

  it('R24: of 200 events with 3 that a rule cannot take, 197 take effect and 3 are parked, in one transaction', async () => {
    const { seen, storage } = watched();
    const bad = [10, 11, 150];
    const inputs = orders(200).map((event, index) => (bad.includes(index) ? input(event, bug) : input(event)));
    const outcomes = await applyForCertain(stockApp(scratch.pool, { storage }), inputs);
    expect(outcomes.map(({ kind }) => kind)).toEqual(
      inputs.map((_, index) => (bad.includes(index) ? 'parked' : 'applied')),
    );
    expect(seen).toEqual({ commits: 1, rollbacks: 0 });
    expect(await productsOf(scratch.pool)).toEqual([{ available: 803, reserved: 197, sold: 0 }]);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 200, outbox: 197 });
    expect(await parkedOf(scratch.pool)).toEqual(
      bad.map((index) => ({
        eventId: inputs[index]?.event?.id,
        correlationId: inputs[index]?.correlationId,
        cause: 'TypeError: a bug in a rule',
        attempts: 1,
      })),
    );
  });

  it('R24: what the database refuses for good is found by halving; all others take effect', async () => {
    const { seen, storage } = watched();
    const bad = [3, 77, 199];
    const inputs = orders(200).map((event, index) =>
      input(event, (state, now) => {
        const decision = stock.decide(state, event, now);
        const reservation = decision.state?.reservation;
        if (!bad.includes(index) || !reservation) return decision;
        return { ...decision, state: { ...decision.state, reservation: { ...reservation, orderId: 'x'.repeat(99) } } };
      }),
    );
    const outcomes = await applyForCertain(stockApp(scratch.pool, { storage }), inputs);
    expect(outcomes.flatMap(({ kind }, index) => (kind === 'parked' ? index : []))).toEqual(bad);
    expect(await productsOf(scratch.pool)).toEqual([{ available: 803, reserved: 197, sold: 0 }]);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 200, outbox: 197 });
    const parked = await parkedOf(scratch.pool);
    expect(parked.map(({ eventId }) => eventId)).toEqual(bad.map((index) => inputs[index]?.event?.id));
    expect(parked.every(({ cause }) => cause.includes('order_id'))).toBe(true);
    // One by one it would have been 200.
    expect(seen.commits).toBeLessThan(50);
  });

  it('R22: later events of an order wait behind the bad one, in later batches too; other orders do not', async () => {
    const [bad, other] = [randomUUID(), randomUUID()];
    const first = [input(created(bad), bug), input(created(other)), input(cancelled(bad)), input(cancelled(other))];
    const outcomes = await applyForCertain(stockApp(scratch.pool), first);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['parked', 'applied', 'waiting', 'applied']);
    const again = await applyForCertain(stockApp(scratch.pool), [
      ...first,
      input(cancelled(bad)),
      input(cancelled(other)),
    ]);
    expect(again.map(({ kind }) => kind)).toEqual([...first.map(() => 'duplicate'), 'waiting', 'applied']);
    expect(Object.keys(await saidOf(scratch.pool))).toEqual([other]);
    expect(await reservationsOf(scratch.pool)).toEqual({ released: 1 });
    expect((await parkedOf(scratch.pool)).map(({ correlationId, attempts }) => [correlationId, attempts])).toEqual([
      [bad, 1],
      [bad, 0],
      [bad, 0],
    ]);
  });

  it.each([
    ['the connection is lost', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['the disk is full', { errno: 1021, code: 'ER_DISK_FULL', sqlState: 'HY000' }],
    ['a table is full', { errno: 1114, code: 'ER_RECORD_FILE_FULL', sqlState: 'HY000' }],
    ['a right is missing', { errno: 1142, code: 'ER_TABLEACCESS_DENIED_ERROR', sqlState: '42000' }],
    ['a lock is waited for too long', { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT', sqlState: 'HY000' }],
  ])('R23: while %s nothing is parked; the batch is tried again, visibly, and stays whole', async (_what, error) => {
    let away = true;
    const { seen, storage } = watched((statement) => {
      if (statement === 'INSERT outbox' && away) throw Object.assign(new Error('gone'), error);
    });
    const retries: [attempt: number, cause: string, nextTryInMs: number][] = [];
    const app = stockApp(scratch.pool, { storage, retrying: (...retry) => void retries.push(retry) });
    const applying = applyForCertain(
      app,
      orders(50).map((event) => input(event)),
    );
    await until('two tries', async () => retries.length > 1);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 0, outbox: 0 });
    away = false;
    const outcomes = await applying;
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    expect(seen.commits).toBe(1);
    expect(retries.map(([attempt]) => attempt)).toEqual(retries.map((_, index) => index + 1));
    expect(retries[0]).toMatchObject([1, 'Error: gone', expect.any(Number)]);
    expect(await parkedOf(scratch.pool)).toEqual([]);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 50, outbox: 50 });
  });

  it('R53: shutting down ends the waiting; nothing is processed', async () => {
    const stop = new AbortController();
    let tries = 0;
    const { storage } = watched((statement) => {
      if (statement !== 'INSERT outbox') return;
      tries++;
      throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST' });
    });
    const applying = applyForCertain(stockApp(scratch.pool, { storage, wait: backoff(stop.signal) }), [
      input(created()),
    ]);
    const ended = expect(applying).rejects.toThrow(/abort/i);
    await until('it is tried again', async () => tries > 2);
    stop.abort();
    await ended;
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 0, outbox: 0 });
  });

  it('S19: when most events are bad, it stops and says so; what would be beyond the limit is not parked', async () => {
    const stop = new AbortController();
    const halts: (Halt | null)[] = [];
    const halted = async (halt: Halt | null) => void halts.push(halt);
    const app = stockApp(scratch.pool, { failureRate: watchFailureRate(), halted, wait: backoff(stop.signal) });
    const bad = (count: number) => orders(count).map((event) => input(event, bug));
    await applyForCertain(
      app,
      orders(25).map((event) => input(event)),
    );
    await applyForCertain(app, bad(19));
    const twentySevenOfFifty = applyForCertain(app, bad(8));
    const ended = expect(twentySevenOfFifty).rejects.toThrow(/abort/i);
    await until('it is tried again', async () => halts.length > 2);
    stop.abort();
    await ended;
    expect(halts[0]?.message).toMatch(
      /stock cannot apply 26 of its last 51 events.* start stock again.*skip --service stock.*a bug in a rule/,
    );
    expect(await parkedOf(scratch.pool)).toHaveLength(19);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 44, outbox: 25 });
  });

  it('B4: a good event is never one too many, and bad ones that were discarded do not count any more', async () => {
    const halts: (Halt | null)[] = [];
    const app = stockApp(scratch.pool, {
      failureRate: watchFailureRate(),
      halted: async (halt) => void halts.push(halt),
    });
    const bad = (count: number) => orders(count).map((event) => input(event, bug));
    await applyForCertain(app, bad(19));
    const [good] = orders(1).map((event) => input(event));
    expect((await applyForCertain(app, good ? [good] : [])).map(({ kind }) => kind)).toEqual(['applied']);
    expect(halts).toEqual([]);
    await scratch.pool.query('DELETE FROM parked');
    const outcomes = await applyForCertain(app, bad(2));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['parked', 'parked']);
    expect(halts).toEqual([]);
  });
});
