import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSite, type TestSite } from '../../test/support/site.ts';
import { listActs } from '../ledger.ts';
import { decideRefused, listRefused } from '../refused.ts';

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
    await decideRefused(test.site, 'release', { service: 'stock', seq: 3 }, author);
    await decideRefused(test.site, 'discard', { service: 'stock', seq: 4 }, author);
    expect(await listRefused(test.site, false)).toMatchObject([{ seq: 3, status: 'waiting', decidedBy: 'somebody' }]);
    expect(await listRefused(test.site, true)).toHaveLength(2);
    await expect(decideRefused(test.site, 'release', { service: 'stock', seq: 4 }, author)).rejects.toThrow(
      'Kafka refuses no event 4 of stock',
    );
    const long = { ...author, why: 'x'.repeat(300) };
    await expect(decideRefused(test.site, 'release', { service: 'stock', seq: 3 }, long)).rejects.toThrow(
      '--why has 300 characters',
    );
    const acts = await listActs(test.databases.ops.pool, { limit: 3 });
    expect(acts.map(({ verb, status }) => [verb, status])).toEqual([
      ['refused release', 'failed'],
      ['refused discard', 'done'],
      ['refused release', 'done'],
    ]);
  });
});
