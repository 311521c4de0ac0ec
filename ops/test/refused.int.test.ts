import { appendToOutbox } from '@quadrille/db/outbox';
import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { startTestSite, type TestSite } from '../../test/support/site.ts';
import { listActs } from '../ledger.ts';
import { discardRefused, findRefused, listRefused, type RefusedFilter, releaseRefused } from '../refused.ts';

const author = { who: 'somebody', why: 'the topic takes 2 MB now' };

describe('events that Kafka refuses', () => {
  let test: TestSite;
  beforeAll(async () => {
    test = await startTestSite();
    for (const seq of [3, 4])
      await test.databases.stock.pool.query(
        "INSERT INTO outbox_parked (seq, correlation_id, status, cause, attempts, parked_at) VALUES (?, UUID(), 'refused', 'too large', 1, UTC_TIMESTAMP(3))",
        [seq],
      );
  });
  afterAll(() => test.drop());

  it('D6: are listed, released and discarded, with a trace that fits', async () => {
    expect(await listRefused(test.site, false)).toMatchObject([
      { service: 'stock', seq: 3, status: 'refused', cause: 'too large' },
      { service: 'stock', seq: 4 },
    ]);
    await releaseRefused(test.site, { service: 'stock', seq: 3 }, author);
    await discardRefused(test.site, { service: 'stock', seq: 4 }, author);
    expect(await listRefused(test.site, false)).toMatchObject([{ seq: 3, status: 'waiting', decidedBy: 'somebody' }]);
    expect(await listRefused(test.site, true)).toHaveLength(2);
    await expect(releaseRefused(test.site, { service: 'stock', seq: 4 }, author)).rejects.toThrow(
      'Kafka refuses no event 4 of stock',
    );
    const long = { ...author, why: 'x'.repeat(300) };
    await expect(releaseRefused(test.site, { service: 'stock', seq: 3 }, long)).rejects.toThrow(
      '--why has 300 characters',
    );
    const acts = await listActs(test.databases.ops.pool, { limit: 3 });
    expect(acts.map(({ verb, status }) => [verb, status])).toEqual([
      ['refused release', 'failed'],
      ['refused discard', 'done'],
      ['refused release', 'done'],
    ]);
  });

  it('C2: are released in bulk, by service, topic or cause, and a look before changes nothing', async () => {
    for (const [service, seq, topic, cause] of [
      ['order', 10, 'order-events', 'too large (MESSAGE_TOO_LARGE)'],
      ['order', 11, 'order-events', 'there is no topic'],
      ['pay', 12, 'payment-events', 'too large (MESSAGE_TOO_LARGE)'],
      ['pay', 13, 'payment-events', 'too large (MESSAGE_TOO_LARGE)'],
    ] as const) {
      const { pool } = test.databases[service];
      await transact(pool, (tx) => appendToOutbox(tx, [outboxRow({ topic })]));
      await pool.query('UPDATE outbox SET seq = ? ORDER BY seq DESC LIMIT 1', [seq]);
      await pool.query(
        "INSERT INTO outbox_parked (seq, correlation_id, status, cause, attempts, parked_at) SELECT seq, correlation_id, 'refused', ?, 1, UTC_TIMESTAMP(3) FROM outbox WHERE seq = ?",
        [cause, seq],
      );
    }
    const seqs = async (filter: RefusedFilter) => (await findRefused(test.site, filter)).map(({ seq }) => seq);
    expect(await seqs({ cause: 'message_too_large' })).toEqual([10, 12, 13]);
    expect(await seqs({ cause: 'too large', topic: 'payment-events' })).toEqual([12, 13]);
    expect(await seqs({ service: 'order' })).toEqual([10, 11]);
    expect(await releaseRefused(test.site, { cause: 'MESSAGE_TOO_LARGE', service: 'pay' }, author)).toEqual({
      released: 2,
    });
    expect(await seqs({})).toEqual([10, 11]);
    expect(await releaseRefused(test.site, {}, author)).toEqual({ released: 2 });
    expect(await releaseRefused(test.site, {}, author)).toEqual({ released: 0 });
    const waiting = (await listRefused(test.site, false)).filter(({ service }) => service !== 'stock');
    expect(waiting).toMatchObject(Array(4).fill({ status: 'waiting', decidedBy: 'somebody' }));
  });
});
