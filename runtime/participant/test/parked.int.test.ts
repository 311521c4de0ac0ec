import { randomUUID } from 'node:crypto';
import type { Event } from '@quadrille/contracts/event';
import { readParked } from '@quadrille/db/parked';
import { mysqlStorage } from '@quadrille/db/storage';
import type { Received } from '@quadrille/services/stock/rules';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/support/events.ts';
import { latch } from '../../../test/support/latch.ts';
import { historyOf, parkedOf } from '../../../test/support/parked.ts';
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
import { applyBatch } from '../apply.ts';
import { arrive } from '../arrival.ts';
import type { Participant } from '../decide.ts';
import type { Delivered } from '../input.ts';
import { discard, edit, retry } from '../parked.ts';
import { applyForCertain } from '../resilient.ts';

const trace = { by: 'ann', why: 'the retry of Monday is gone' };
const bug = () => {
  throw new TypeError('a bug in a rule');
};
/** Stock before its bug was mended. */
const broken: Participant<Parameters<typeof stock.decide>[0], Received> = { ...stock, decide: bug };

describe('parked events', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 1_000));
  afterAll(() => scratch?.drop());

  const deps = (participant = stock) => ({ storage: mysqlStorage(scratch.pool), participant });
  const deliver = (records: readonly Delivered[], participant = stock) =>
    applyForCertain(
      stockApp(scratch.pool, { participant }),
      records.map((record) => arrive(participant, record)),
    );
  /** Parks the first event of an order and has these wait behind it. */
  const parkWith = async (first: Received & Event, ...others: (Received & Event)[]) => {
    await deliver([recordOf(first)], broken);
    await deliver(others.map(recordOf));
    return readParked(scratch.pool, { after: 0, limit: 100, correlationId: first.correlationId });
  };

  it('keep the bytes, the place and the cause', async () => {
    const record: Delivered = {
      topic: 'order-events',
      partition: 3,
      offset: '41',
      key: Buffer.from([0xff, 0x00]),
      headers: {
        ce_id: Buffer.from('nonsense'),
        raw: Buffer.from([0xc3]),
        twice: ['a', Buffer.from('b')],
        none: undefined,
      },
      value: Buffer.from([0x7b, 0x00, 0xff]),
    };
    await deliver([record, record]);
    await deliver([record]);
    const [event, ...others] = await readParked(scratch.pool, { after: 0, limit: 100 });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      topic: 'order-events',
      partition: 3,
      offset: 41,
      key: record.key,
      payload: record.value,
      cause: 'header ce_specversion is missing',
      attempts: 1,
    });
    expect(JSON.parse(String(event?.headers))).toEqual({
      ce_id: 'nonsense',
      raw: { base64: 'ww==' },
      twice: ['a', 'b'],
      none: null,
    });
    // Nobody knows whose event it is, so it holds nobody.
    expect(event?.correlationId).toBe(event?.eventId);
  });

  it('R26: released, take effect in their order', async () => {
    const orderId = randomUUID();
    await parkWith(created(orderId), cancelled(orderId));
    expect(await retry(deps(), orderId, trace)).toEqual({ released: 2, stuck: null });
    expect(await parkedOf(scratch.pool)).toEqual([]);
    // The other way round it would be a tombstone.
    expect(await reservationsOf(scratch.pool)).toEqual({ released: 1 });
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['stock-reserved', 'stock-released'] });
    expect(await sizesOf(scratch.pool)).toMatchObject({ inbox: 2 });
    expect(await historyOf(scratch.pool)).toMatchObject([
      { action: 'released', doneBy: 'ann', why: trace.why, attempts: 1 },
      { action: 'released', attempts: 0 },
    ]);
    const outcomes = await deliver([recordOf(cancelled(orderId))]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied']);
  });

  it('that fail again stay, with what stands behind them', async () => {
    const orderId = randomUUID();
    await parkWith(created(orderId), cancelled(orderId));
    const { released, stuck } = await retry(deps(broken), orderId, trace);
    expect(released).toBe(0);
    expect(stuck).toMatchObject({ attempts: 2, cause: 'TypeError: a bug in a rule' });
    expect((await parkedOf(scratch.pool)).map(({ attempts }) => attempts)).toEqual([2, 0]);
    expect(await historyOf(scratch.pool)).toEqual([]);
    expect(await sizesOf(scratch.pool)).toMatchObject({ inbox: 2, outbox: 0 });
  });

  it('that the database refuses when they are released stay, too', async () => {
    const orderId = randomUUID();
    await parkWith(created(orderId));
    const refused = {
      ...stock,
      decide: (...given: Parameters<typeof stock.decide>) => {
        const decision = stock.decide(...given);
        const product = decision.state?.product;
        return product
          ? { ...decision, state: { ...decision.state, product: { ...product, sold: 2 ** 80 } } }
          : decision;
      },
    };
    const { stuck } = await retry(deps(refused), orderId, trace);
    expect(stuck).toMatchObject({ attempts: 2, cause: expect.stringContaining('sold') });
    expect(await reservationsOf(scratch.pool)).toEqual({});
    expect(await retry(deps(), orderId, trace)).toEqual({ released: 1, stuck: null });
  });

  it('D1: can be given up; who did it and why is kept, and what waited behind them is applied when somebody releases it', async () => {
    const orderId = randomUUID();
    const [first] = await parkWith(created(orderId), cancelled(orderId));
    const place = { correlationId: orderId, seqs: [first?.seq ?? 0] };
    expect(await discard(deps(), place, trace)).toEqual({ discarded: 1, left: 1 });
    expect(await discard(deps(), place, trace)).toEqual({ discarded: 0, left: 1 });
    expect(await reservationsOf(scratch.pool)).toEqual({});
    expect(await parkedOf(scratch.pool)).toMatchObject([{ cause: expect.stringContaining('retry it'), attempts: 0 }]);
    // Later events of the order still wait behind it.
    expect((await deliver([recordOf(cancelled(orderId))])).map(({ kind }) => kind)).toEqual(['waiting']);
    expect(await retry(deps(), orderId, trace)).toEqual({ released: 2, stuck: null });
    expect(await reservationsOf(scratch.pool)).toEqual({ tombstone: 1 });
    expect(await historyOf(scratch.pool)).toMatchObject([
      { action: 'discarded', doneBy: 'ann', why: trace.why, parkedSeq: first?.seq, payload: first?.payload },
      { action: 'released' },
      { action: 'released' },
    ]);
  });

  it('can be given up in the midst of a queue, which stays as it is', async () => {
    const orderId = randomUUID();
    const [, second] = await parkWith(created(orderId), cancelled(orderId));
    const given = await discard(deps(), { correlationId: orderId, seqs: [second?.seq ?? 0] }, trace);
    expect(given).toEqual({ discarded: 1, left: 1 });
    expect(await parkedOf(scratch.pool)).toHaveLength(1);
  });

  it('can be edited; what they were is kept', async () => {
    const event = created();
    const record = { ...recordOf(event), value: Buffer.from('{"userId":') };
    await deliver([record]);
    const [parked] = await readParked(scratch.pool, { after: 0, limit: 1 });
    expect(parked).toMatchObject({ correlationId: event.correlationId, cause: expect.stringContaining('not JSON') });
    const place = { correlationId: event.correlationId, seq: parked?.seq ?? 0 };
    const edited = await edit(deps(), place, { payload: recordOf(event).value }, trace);
    expect(edited?.payload).toEqual(recordOf(event).value);
    expect(await retry(deps(), event.correlationId, trace)).toEqual({ released: 1, stuck: null });
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
    expect(await historyOf(scratch.pool)).toMatchObject([
      { action: 'edited', payload: record.value, why: trace.why },
      { action: 'released', payload: recordOf(event).value },
    ]);
    // Its own id is in the inbox now.
    expect((await deliver([recordOf(event)])).map(({ kind }) => kind)).toEqual(['duplicate']);
  });

  it('that were edited and fail for another reason then are not lost', async () => {
    const event = created();
    await deliver([{ ...recordOf(event), value: Buffer.from('{') }]);
    const [{ seq } = { seq: 0 }] = await readParked(scratch.pool, { after: 0, limit: 1 });
    const { correlationId } = event;
    await edit(deps(), { correlationId, seq }, { payload: recordOf(event).value }, trace);
    expect(await retry(deps(broken), correlationId, trace)).toMatchObject({ stuck: { attempts: 2 } });
    expect(await retry(deps(), correlationId, trace)).toEqual({ released: 1, stuck: null });
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
  });

  it('whose order was unknown go into the queue of the order that an edit gives them', async () => {
    const event = created();
    await deliver([{ ...recordOf(event), key: null }]);
    const [parked] = await parkedOf(scratch.pool);
    expect(parked?.correlationId).toBe(parked?.eventId);
    const [{ seq } = { seq: 0 }] = await readParked(scratch.pool, { after: 0, limit: 1 });
    const place = { correlationId: parked?.correlationId ?? '', seq };
    await edit(deps(), place, { key: Buffer.from(event.correlationId) }, trace);
    expect(await retry(deps(), event.correlationId, trace)).toEqual({ released: 1, stuck: null });
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
  });

  it('that were applied by another copy meanwhile are released without effect', async () => {
    const event = created();
    await deliver([{ ...recordOf(event), key: Buffer.from(randomUUID()) }]);
    await deliver([recordOf(event)]);
    const [parked] = await readParked(scratch.pool, { after: 0, limit: 1 });
    const place = { correlationId: parked?.correlationId ?? '', seq: parked?.seq ?? 0 };
    await edit(deps(), place, { key: Buffer.from(event.correlationId) }, trace);
    expect(await retry(deps(), event.correlationId, trace)).toEqual({ released: 1, stuck: null });
    expect(await productsOf(scratch.pool)).toEqual([{ available: 999, reserved: 1, sold: 0 }]);
  });

  it('S12: a forged record does not use up the id of the event that it names', async () => {
    const event = created();
    const forged = recordOf(event);
    await deliver([{ ...forged, headers: { ...forged.headers, ce_source: '/quadrille/stock' } }]);
    expect(
      (await deliver([{ ...recordOf(event), key: Buffer.from(event.correlationId) }])).map(({ kind }) => kind),
    ).toEqual(['waiting']);
    const [parked] = await readParked(scratch.pool, { after: 0, limit: 1 });
    await discard(deps(), { correlationId: event.correlationId, seqs: [parked?.seq ?? 0] }, trace);
    await retry(deps(), event.correlationId, trace);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
  });

  it.each([
    ['arrives while a retry is about to commit', 'release'],
    ['is about to commit when a retry begins', 'arrival'],
  ])('R22: an event that %s neither overtakes the queue nor is left behind it', async (_what, first) => {
    const orderId = randomUUID();
    await parkWith(created(orderId));
    const holds = latch();
    const waiting = async () => {
      const [rows] = await scratch.pool.query(
        "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = ? AND info LIKE '%FROM parked FORCE INDEX%'",
        [scratch.database],
      );
      return ((rows as { n: number }[])[0]?.n ?? 0) > 0;
    };
    let once = true;
    const holding = spyOn(scratch.pool, async (sql) => {
      if (sql !== 'COMMIT' || !once) return;
      once = false;
      holds.open();
      await until('the other waits for the queue', waiting);
    });
    const releases = (pool = scratch.pool) =>
      retry({ storage: mysqlStorage(pool), participant: stock }, orderId, trace);
    const arrives = (pool = scratch.pool) => applyBatch(mysqlStorage(pool), stock, [input(cancelled(orderId))]);
    const leading = first === 'release' ? releases(holding) : arrives(holding);
    await holds.opened;
    await Promise.all([leading, first === 'release' ? arrives() : releases()]);
    expect(await parkedOf(scratch.pool)).toEqual([]);
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['stock-reserved', 'stock-released'] });
  });

  it('R22: released by two people while two instances process what comes: each once, in order', async () => {
    const orders = Array.from({ length: 10 }, () => randomUUID());
    await deliver(
      orders.map((orderId) => recordOf(created(orderId))),
      { ...broken },
    );
    const later = orders.map((orderId) => cancelled(orderId));
    const instance = async (events: readonly Received[]) => {
      for (const event of events) await deliver([recordOf(event)]);
    };
    const person = async () => {
      for (const orderId of orders) await retry(deps(), orderId, trace);
    };
    await Promise.all([instance(later), instance(later.toReversed()), person(), person()]);
    expect(await parkedOf(scratch.pool)).toEqual([]);
    expect(await reservationsOf(scratch.pool)).toEqual({ released: 10 });
    const said = await saidOf(scratch.pool);
    for (const orderId of orders) expect(said[orderId]).toEqual(['stock-reserved', 'stock-released']);
    expect((await historyOf(scratch.pool)).length).toBeGreaterThanOrEqual(10);
  });

  it('cost nothing while there are none, and one statement while there are some', async () => {
    const statements: string[] = [];
    const watched = mysqlStorage(spyOn(scratch.pool, (sql) => void statements.push(inShort(sql))));
    const one = () => applyBatch(watched, stock, [input(cancelled(randomUUID()))]);
    await one();
    const without = statements.splice(0).length;
    await parkWith(created());
    // The first batch after that finds it out, and begins anew.
    await one();
    statements.length = 0;
    await one();
    expect(statements.length).toBe(without + 1);
  });
});
