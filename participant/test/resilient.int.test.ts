import { randomUUID } from 'node:crypto';
import { stock } from '@quadrille/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { inShort, spyOn } from '../../test/support/spy-pool.ts';
import {
  cancelled,
  created,
  input,
  productsOf,
  reservationsOf,
  type StockInput,
  saidOf,
  sizesOf,
  stockUp,
} from '../../test/support/stock.ts';
import { until } from '../../test/support/until.ts';
import { applyForCertain } from '../resilient.ts';

describe('applyForCertain', () => {
  let scratch: Scratch;
  const stopping = new AbortController();
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 1_000));
  afterAll(() => scratch?.drop());

  const app = (change: { pool?: Scratch['pool']; signal?: AbortSignal } = {}) => ({
    pool: scratch.pool,
    participant: stock,
    log: silentLog(),
    signal: stopping.signal,
    ...change,
  });
  const orders = (count: number) => Array.from({ length: count }, () => created());

  it('R24: of 200 events with 3 bad ones, 197 take effect while the 3 are tried again, then they do, too', async () => {
    let broken = true;
    let tries = 0;
    const inputs = orders(200).map((event, index): StockInput => {
      const sound = input(event);
      if (![10, 11, 150].includes(index)) return sound;
      return input(event, (state, now) => {
        tries++;
        if (broken) throw new TypeError('a bug in a rule');
        return sound.decide(state, now);
      });
    });
    const applying = applyForCertain(app(), inputs);
    await until('197 effects', async () => (await sizesOf(scratch.pool)).inbox === 197);
    const triesSoFar = tries;
    await until('another try', async () => tries > triesSoFar);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 197 });
    expect(await productsOf(scratch.pool)).toEqual([{ available: 803, reserved: 197, sold: 0 }]);
    broken = false;
    const outcomes = await applying;
    expect(outcomes.map(({ kind }) => kind)).toEqual(inputs.map(() => 'applied'));
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 200, outbox: 200 });
    expect(await productsOf(scratch.pool)).toEqual([{ available: 800, reserved: 200, sold: 0 }]);
  });

  it('R22: later events of an order wait behind the bad one; other orders do not', async () => {
    let broken = true;
    const [bad, other] = [randomUUID(), randomUUID()];
    const reserve = created(bad);
    const inputs = [
      input(reserve, (state, now) => {
        if (broken) throw new Error('not yet');
        return stock.decide(state, reserve, now);
      }),
      input(created(other)),
      input(cancelled(bad)),
      input(cancelled(other)),
    ];
    const applying = applyForCertain(app(), inputs);
    await until('the other order is done', async () => (await sizesOf(scratch.pool)).inbox === 2);
    expect(Object.keys(await saidOf(scratch.pool))).toEqual([other]);
    broken = false;
    await applying;
    // Had the cancellation come first, it would have left a tombstone.
    expect(await saidOf(scratch.pool)).toEqual({
      [other]: ['stock-reserved', 'stock-released'],
      [bad]: ['stock-reserved', 'stock-released'],
    });
    expect(await reservationsOf(scratch.pool)).toEqual({ released: 2 });
  });

  it('a batch tried one by one does not repeat what duplicates in it have done', async () => {
    let broken = true;
    const events = orders(5);
    const poison = created();
    const inputs = [...events, ...events].map((event) => input(event));
    inputs.push(
      input(poison, (state, now) => {
        if (broken) throw new Error('not yet');
        return stock.decide(state, poison, now);
      }),
    );
    const applying = applyForCertain(app(), inputs);
    await until('the sound ones are done', async () => (await sizesOf(scratch.pool)).inbox === 5);
    broken = false;
    const outcomes = await applying;
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...events.map(() => 'applied'),
      ...events.map(() => 'duplicate'),
      'applied',
    ]);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 6, outbox: 6 });
  });

  it('a database that goes away is waited for, and the batch stays whole', async () => {
    let [away, commits] = [true, 0];
    const failing = spyOn(scratch.pool, (sql) => {
      if (inShort(sql) === 'INSERT outbox' && away)
        throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST' });
      if (sql === 'COMMIT') commits++;
      if (sql === 'ROLLBACK') rollbacks++;
    });
    let rollbacks = 0;
    const applying = applyForCertain(
      app({ pool: failing }),
      orders(50).map((event) => input(event)),
    );
    await until('two tries', async () => rollbacks > 1);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 0, outbox: 0 });
    away = false;
    await applying;
    expect(commits).toBe(1);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 50, outbox: 50 });
  });

  it('R53: shutting down ends the waiting for what does not heal; nothing of it is taken in', async () => {
    const stop = new AbortController();
    let tries = 0;
    const hopeless = input(created(), () => {
      tries++;
      throw new Error('never');
    });
    const applying = applyForCertain(app({ signal: stop.signal }), [input(created()), hopeless]);
    const ended = expect(applying).rejects.toThrow(/abort/i);
    await until('it is tried again', async () => tries > 3);
    stop.abort();
    await ended;
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 1, outbox: 1 });
  });
});
