import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { listOperations } from '../audit-log.ts';
import { listParked, type ParkedFilter, type ParkedView, showParked } from '../parked.ts';
import {
  discardParked,
  dryRunDiscard,
  dryRunRetry,
  editParked,
  type QueueResult,
  type RunLimits,
  retryParked,
} from '../parked-operations.ts';
import { trace } from '../trace.ts';
import { verify } from '../verify/verify.ts';

const author = { who: 'somebody', why: 'it is mended' };
const runLimits = (onResult: (told: QueueResult) => void = () => {}): RunLimits => ({
  ...{ rate: 10_000, stopAfter: 1, signal: new AbortController().signal, onResult },
});

describe('parked events', () => {
  let test: TestCluster;
  let orderId: string;
  let product = 1;
  beforeAll(async () => {
    test = await startTestCluster();
  });
  afterAll(() => test.drop());

  const parked = async (filter: ParkedFilter = {}): Promise<ParkedView[]> => {
    const found: ParkedView[] = [];
    for await (const event of listParked(test.cluster, filter)) found.push(event);
    return found;
  };
  /** An order whose goods coupon receives in bytes that it cannot read, and which is cancelled after that. */
  const park = async (): Promise<string> => {
    const id = randomUUID();
    await test.databases.stock.pool.query('INSERT INTO products VALUES (?, 100, 10, 0, 0)', [++product]);
    await test.submit(id, { userId: 1, productId: product, productCount: 1, amount: 100, couponId: 0 });
    await test.run(({ service, record }) =>
      service === 'coupon'
        ? { ...record, value: Buffer.from(String(record.value).replace('"couponId":0', '"couponId":"0"')) }
        : record,
    );
    await test.cancel(id);
    await test.run();
    return id;
  };
  const mend = async (seq: number) => {
    const { payload } = await showParked(test.cluster, 'coupon', seq);
    return editParked(
      test.cluster,
      { service: 'coupon', seq },
      { payload: String(payload).replace('"0"', '0') },
      author,
    );
  };

  beforeEach(async () => {
    for (let [first] = await parked(); first; [first] = await parked()) {
      await discardParked(test.cluster, { service: first.service, seq: first.seq }, author, runLimits());
      await retryParked(test.cluster, { service: first.service, orderId: first.orderId }, author, runLimits());
    }
    orderId = await park();
  });

  it('are listed, by service, order, type and cause', async () => {
    const all = await parked();
    expect(all.map(({ service, type, attempts }) => [service, type, attempts])).toEqual([
      ['coupon', 'stock-reserved', 1],
      ['coupon', 'order-cancelled', 0],
    ]);
    expect(all.every((event) => event.orderId === orderId)).toBe(true);
    expect(await parked({ service: 'stock' })).toEqual([]);
    expect(await parked({ cause: 'WRONG SHAPE' })).toHaveLength(1);
    expect(await parked({ type: 'order-cancelled', orderId })).toHaveLength(1);
  });

  it('are what an order waits for, and say since when', async () => {
    const { waitsFor, events } = await trace(test.cluster, orderId);
    const delivery = events
      .find(({ type }) => type === 'stock-reserved')
      ?.deliveries.find(({ service }) => service === 'coupon');
    expect(delivery?.parked).toMatchObject({ attempts: 1, cause: expect.stringContaining('wrong shape') });
    expect(waitsFor).toMatchObject({ for: 'operator', since: delivery?.parked?.since });
  });

  it('fail again when nothing was mended, as the dry run says; it writes nothing', async () => {
    const [predicted, told]: QueueResult[][] = [[], []];
    expect(
      await dryRunRetry(
        test.cluster,
        { orderId },
        runLimits((each) => predicted?.push(each)),
      ),
    ).toMatchObject({ stuck: 1, released: 0 });
    expect((await parked())[0]).toMatchObject({ attempts: 1 });
    expect(
      await retryParked(
        test.cluster,
        { orderId },
        author,
        runLimits((each) => told?.push(each)),
      ),
    ).toMatchObject({ stuck: 1, released: 0 });
    expect(told).toEqual(predicted);
    expect((await parked())[0]).toMatchObject({ attempts: 2 });
  });

  it('are edited and released in their order, as the dry run says; the order comes to its end', async () => {
    const [first] = await parked();
    const edited = await mend(first?.seq ?? 0);
    expect(edited).toMatchObject({ history: [{ action: 'edited', by: 'somebody', why: 'it is mended' }], behind: 1 });
    expect(await dryRunRetry(test.cluster, { orderId }, runLimits())).toMatchObject({ released: 2, stuck: 0 });
    expect(await parked()).toHaveLength(2);
    expect(await retryParked(test.cluster, { orderId }, author, runLimits())).toMatchObject({
      released: 2,
      stuck: 0,
    });
    await test.run();
    expect(await trace(test.cluster, orderId)).toMatchObject({ order: { status: 'cancelled' }, waitsFor: null });
    expect(await verify(test.cluster, { patience: 0, atRest: true })).toMatchObject({ findings: [] });
    const operations = (await listOperations(test.databases.ops.pool, { limit: 2 })).items;
    expect(operations.map(({ verb, status, who }) => [verb, status, who])).toEqual([
      ['parked retry', 'done', 'somebody'],
      ['parked edit', 'done', 'somebody'],
    ]);
  });

  it('are released in bulk, until one stays stuck', async () => {
    const orders = [orderId, await park(), await park(), await park()];
    for (const { seq, attempts, orderId: of } of await parked()) if (attempts > 0 && of !== orders[2]) await mend(seq);
    const told: QueueResult[] = [];
    const acted = await retryParked(
      test.cluster,
      { service: 'coupon' },
      author,
      runLimits((each) => told.push(each)),
    );
    expect(acted).toMatchObject({
      stuck: 1,
      stopped: expect.stringContaining(`order ${orders[2]} stays stuck in coupon`),
    });
    expect(told.filter(({ stuck }) => stuck).map((each) => each.orderId)).toEqual([orders[2]]);
  });

  it('D1: are discarded in one run, exactly those that the choice covers; nothing is applied', async () => {
    const orders = [orderId, await park(), await park()];
    const uses = async () => (await test.databases.coupon.pool.query('SELECT * FROM coupon_uses'))[0];
    const before = await uses();
    const chosen = { service: 'coupon', type: 'stock-reserved' } as const;
    const [predicted, told]: QueueResult[][] = [[], []];
    await dryRunDiscard(
      test.cluster,
      chosen,
      runLimits((each) => predicted?.push(each)),
    );
    expect(await parked()).toHaveLength(6);
    const acted = await discardParked(
      test.cluster,
      chosen,
      author,
      runLimits((each) => told?.push(each)),
    );
    expect(acted).toMatchObject({ orders: 3, discarded: 3, released: 0, stuck: 0, left: 3, stopped: null });
    expect(told).toEqual(predicted);
    expect(told).toMatchObject(orders.map((id) => ({ orderId: id, discarded: 1, left: 1 })));
    expect(await parked()).toMatchObject(orders.map((id) => ({ orderId: id, type: 'order-cancelled', attempts: 0 })));
    expect(await uses()).toEqual(before);
    const { waitsFor } = await trace(test.cluster, orderId);
    expect(waitsFor).toMatchObject({ for: 'operator' });
    expect(await retryParked(test.cluster, { service: 'coupon' }, author, runLimits())).toMatchObject({
      ...{ released: 3, stuck: 0 },
    });
    await test.run();
    expect(await trace(test.cluster, orderId)).toMatchObject({ order: { status: 'cancelled' }, waitsFor: null });
  });

  it('D1: are all discarded where the choice is all of them, also those that wait behind others', async () => {
    await park();
    const acted = await discardParked(test.cluster, { service: 'coupon' }, author, runLimits());
    expect(acted).toMatchObject({ orders: 2, discarded: 4, released: 0, left: 0 });
    expect(await parked()).toEqual([]);
  });

  it('are discarded one by one, and say afterwards who did it', async () => {
    const [first] = await parked();
    const acted = await discardParked(test.cluster, { service: 'coupon', seq: first?.seq }, author, runLimits());
    expect(acted).toMatchObject({ discarded: 1, released: 0, left: 1 });
    await expect(showParked(test.cluster, 'coupon', first?.seq ?? 0)).rejects.toThrow(/somebody has discarded it/);
  });
});
