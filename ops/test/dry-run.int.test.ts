import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { mixedRun } from '../../test/support/mixed-run.ts';
import { randomFrom } from '../../test/support/random.ts';
import { effects as everyEffect, type ReplayResult } from '../replay/effect.ts';
import { dryRunReplay, replay } from '../replay/replay.ts';
import type { Selection } from '../replay/selection.ts';

const services = ['stock', 'coupon', 'pay', 'order'] as const;
const signal = new AbortController().signal;
const author = { who: 'test', why: 'to see whether it comes as the dry run says' };

describe('a dry run of a replay', () => {
  let test: TestCluster;
  beforeAll(async () => {
    test = await startTestCluster();
  });
  afterAll(() => test.drop());

  const predicted = async (selection: Selection): Promise<ReplayResult[]> => {
    const told: ReplayResult[] = [];
    await dryRunReplay(test.cluster, selection, { onResult: (each) => told.push(each), onProgress: () => {}, signal });
    return told;
  };
  const done = async (selection: Selection): Promise<ReplayResult[]> => {
    const told: ReplayResult[] = [];
    await replay(test.cluster, selection, author, {
      ...{ rate: 100_000, stopAfter: Number.POSITIVE_INFINITY, signal },
      onResult: (each) => told.push(each),
      onProgress: () => {},
    });
    return told;
  };

  /** Without what differs from one database to the same one a moment later. */
  const rows = async (): Promise<unknown> => {
    const dump: unknown[] = [];
    for (const service of services)
      for (const table of ['outbox', 'inbox', 'parked'])
        dump.push((await test.databases[service].pool.query(`SELECT COUNT(*) AS n FROM ${table}`))[0]);
    return dump;
  };

  it('tells of 1,000 events of a mixed run what the replay then does: 1,000 of 1,000', async () => {
    const random = randomFrom(20_261_123);
    // One delivery in six is lost; one in forty cannot be read, so that it is parked, and what comes after it for the same order.
    await mixedRun(test, random, 220, ({ record }) => {
      const chance = random.next();
      if (chance < 1 / 6) return null;
      return chance < 1 / 6 + 1 / 40 ? { ...record, value: Buffer.from('{"broken":') } : record;
    });
    // Some inboxes have forgotten what their services did.
    for (const service of services)
      await test.databases[service].pool.query("DELETE FROM inbox WHERE event_id LIKE '%7' OR event_id LIKE '%c'");

    // And some events are broken where they are kept.
    await test.databases.order.pool.query('UPDATE outbox SET payload = \'{"broken":\' ORDER BY seq LIMIT 5');

    const effects = new Map<string, number>();
    let [compared, equal] = [0, 0];
    for (const to of services) {
      const before = await rows();
      const expected = await predicted({ to });
      expect(await rows()).toEqual(before);
      const actual = await done({ to });
      expect(actual).toEqual(expected);
      actual.forEach((told, index) => {
        effects.set(told.effect, (effects.get(told.effect) ?? 0) + 1);
        compared++;
        if (JSON.stringify(told) === JSON.stringify(expected[index])) equal++;
      });
    }
    const kinds = [...effects].map(([effect, count]) => `${count} ${effect}`).join(', ');
    process.stdout.write(`predicted as it came: ${equal} of ${compared} (${kinds})\n`);
    expect(compared).toBeGreaterThanOrEqual(1_000);
    expect(equal).toBe(compared);
    // It was no test if everything had been applied already.
    for (const effect of everyEffect) expect(effects.get(effect) ?? 0, effect).toBeGreaterThan(0);
  });
});
