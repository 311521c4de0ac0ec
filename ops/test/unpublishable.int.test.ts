import { appendToOutbox } from '@quadrille/db/outbox';
import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { outboxRow } from '../../test/support/events.ts';
import { listOperations } from '../audit-log.ts';
import {
  discardUnpublishable,
  findUnpublishable,
  listUnpublishable,
  retryUnpublishable,
  type UnpublishableFilter,
} from '../unpublishable.ts';

const author = { who: 'somebody', why: 'the topic takes 2 MB now' };

describe('events that Kafka refuses', () => {
  let test: TestCluster;
  beforeAll(async () => {
    test = await startTestCluster();
    for (const seq of [3, 4])
      await test.databases.stock.pool.query(
        "INSERT INTO outbox_parked (seq, correlation_id, status, cause, attempts, parked_at) VALUES (?, UUID(), 'refused', 'too large', 1, UTC_TIMESTAMP(3))",
        [seq],
      );
  });
  afterAll(() => test.drop());

  it('D6: are listed, released and discarded, with a trace that fits', async () => {
    expect(await listUnpublishable(test.cluster, false)).toMatchObject([
      { service: 'stock', seq: 3, status: 'refused', cause: 'too large' },
      { service: 'stock', seq: 4 },
    ]);
    await retryUnpublishable(test.cluster, { service: 'stock', seq: 3 }, author);
    await discardUnpublishable(test.cluster, { service: 'stock', seq: 4 }, author);
    expect(await listUnpublishable(test.cluster, false)).toMatchObject([
      { seq: 3, status: 'waiting', decidedBy: 'somebody' },
    ]);
    expect(await listUnpublishable(test.cluster, true)).toHaveLength(2);
    await expect(retryUnpublishable(test.cluster, { service: 'stock', seq: 4 }, author)).rejects.toThrow(
      'Kafka refuses no event 4 of stock',
    );
    const long = { ...author, why: 'x'.repeat(300) };
    await expect(retryUnpublishable(test.cluster, { service: 'stock', seq: 3 }, long)).rejects.toThrow(
      '--why has 300 characters',
    );
    const operations = (await listOperations(test.databases.ops.pool, { limit: 3 })).items;
    expect(operations.map(({ verb, status }) => [verb, status])).toEqual([
      ['unpublishable retry', 'failed'],
      ['refused discard', 'done'],
      ['unpublishable retry', 'done'],
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
    const seqs = async (filter: UnpublishableFilter) =>
      (await findUnpublishable(test.cluster, filter)).map(({ seq }) => seq);
    expect(await seqs({ cause: 'message_too_large' })).toEqual([10, 12, 13]);
    expect(await seqs({ cause: 'too large', topic: 'payment-events' })).toEqual([12, 13]);
    expect(await seqs({ service: 'order' })).toEqual([10, 11]);
    expect(await retryUnpublishable(test.cluster, { cause: 'MESSAGE_TOO_LARGE', service: 'pay' }, author)).toEqual({
      released: 2,
    });
    expect(await seqs({})).toEqual([10, 11]);
    expect(await retryUnpublishable(test.cluster, {}, author)).toEqual({ released: 2 });
    expect(await retryUnpublishable(test.cluster, {}, author)).toEqual({ released: 0 });
    const waiting = (await listUnpublishable(test.cluster, false)).filter(({ service }) => service !== 'stock');
    expect(waiting).toMatchObject(Array(4).fill({ status: 'waiting', decidedBy: 'somebody' }));
  });
});
