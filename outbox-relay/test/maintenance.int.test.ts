import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { acquireLease, type Lease } from '@quadrille/db/lease';
import { readUnpublished, recordProgress } from '@quadrille/db/outbox-progress';
import { advance, type Progress } from '@quadrille/db/progress';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/support/log.ts';
import { append, drained, recorder, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { inShort, spyOn } from '../../test/support/spy-pool.ts';
import { until } from '../../test/support/until.ts';
import { maintain } from '../maintenance.ts';

/** Short, so that rows are old enough at once. */
const brief = { outbox: 1, inbox: 1 };

describe('maintenance', () => {
  let scratch: Scratch;
  let lease: Lease;
  let progress: Progress;
  const running: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
  });
  beforeEach(async () => {
    for (const table of ['inbox', 'outbox_parked', 'outbox_marks', 'relay_lease'])
      await scratch.pool.query(`DELETE FROM ${table}`);
    await scratch.pool.query('TRUNCATE TABLE outbox');
    const acquired = await acquireLease(scratch.pool, randomUUID(), 600_000);
    if (!acquired) throw new Error('nobody else can hold it');
    lease = acquired;
    progress = { publishedTo: 0, missing: [] };
  });
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });
  afterAll(() => scratch?.drop());

  const publishAll = async () => {
    const rows = await readUnpublished(scratch.pool, progress, 10_000);
    progress = advance(
      progress,
      rows.map(({ seq }) => seq),
    );
    expect(await recordProgress(scratch.pool, lease, progress)).toBe(true);
  };
  const takeIn = (count: number) =>
    scratch.pool.query('INSERT INTO inbox (event_id, taken_at) VALUES ?', [
      Array.from({ length: count }, (_, index) => [
        `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
        new Date(Date.now() - 60_000),
      ]),
    ]);
  const count = async (table: 'outbox' | 'inbox'): Promise<number> => {
    const [rows] = await scratch.pool.query(`SELECT COUNT(*) AS n FROM ${table}`);
    return (rows as { n: number }[])[0]?.n ?? 0;
  };
  const start = (options: { pool?: Pool; mayPurgeInbox?: () => Promise<boolean> } = {}) => {
    const stopping = new AbortController();
    let rounds = 0;
    let renumbered = false;
    const { pool = scratch.pool, mayPurgeInbox = async () => true } = options;
    const done = maintain({
      pool,
      lease,
      progress: () => progress,
      retention: brief,
      mayPurgeInbox: () => {
        rounds++;
        return mayPurgeInbox();
      },
      onRenumbered: () => {
        renumbered = true;
      },
      log: silentLog(),
      signal: stopping.signal,
      every: 20,
    });
    running.push(() => {
      stopping.abort();
      return done;
    });
    return {
      done,
      wasRenumbered: () => renumbered,
      rounds: (more: number) => {
        const enough = rounds + more;
        return until(`${more} rounds`, async () => rounds >= enough);
      },
    };
  };

  it('R12, R21: what was kept long enough goes, round after round; what is not published stays', async () => {
    await append(scratch, ...Array.from({ length: 20 }, () => ({})));
    await publishAll();
    await takeIn(10);
    start();
    // The newest row tells whether the numbers began anew.
    await until('all but the newest row has gone', async () => (await count('outbox')) === 1);
    await until('the inbox is empty', async () => (await count('inbox')) === 0);
    await append(scratch, ...Array.from({ length: 5 }, () => ({})));
    await publishAll();
    const waiting = await append(scratch, {}, {}, {});
    // One published row and the three that wait.
    await until('the next ones have gone', async () => (await count('outbox')) <= 4);
    const left = await readUnpublished(scratch.pool, progress, 100);
    expect(left.map(({ id }) => id)).toEqual(waiting);
  });

  it('R12: a purge takes at most a thousand rows at a time', async () => {
    await append(scratch, ...Array.from({ length: 3_500 }, () => ({})));
    await publishAll();
    await takeIn(2_500);
    const steps = { outbox: [] as number[], inbox: [] as number[] };
    const before = { outbox: 3_500, inbox: 2_500 };
    const watched = spyOn(
      scratch.pool,
      () => {},
      async (sql) => {
        for (const table of ['outbox', 'inbox'] as const) {
          if (inShort(sql) !== `DELETE ${table}`) continue;
          const after = await count(table);
          steps[table].push(before[table] - after);
          before[table] = after;
        }
      },
    );
    start({ pool: watched });
    await until('the outbox is purged', async () => before.outbox === 1);
    await until('the inbox is purged', async () => before.inbox === 0);
    expect(Math.max(...steps.outbox, ...steps.inbox)).toBe(1_000);
  });

  it('R21: an inbox is not purged while Kafka keeps events for longer than it remembers; the outbox is', async () => {
    await append(scratch, ...Array.from({ length: 20 }, () => ({})));
    await publishAll();
    await takeIn(10);
    const { rounds } = start({ mayPurgeInbox: async () => false });
    await until('the outbox is purged', async () => (await count('outbox')) === 1);
    await rounds(2);
    expect(await count('inbox')).toBe(10);
  });

  it('a database or broker that fails it is asked again in the next round', async () => {
    await append(scratch, ...Array.from({ length: 20 }, () => ({})));
    await publishAll();
    await takeIn(10);
    let failures = 0;
    const unwilling = spyOn(scratch.pool, (sql) => {
      if (inShort(sql) === 'DELETE outbox' && failures++ < 2) throw new Error('not now');
    });
    let asked = 0;
    start({
      pool: unwilling,
      mayPurgeInbox: async () => {
        if (++asked <= 2) throw new Error('Kafka did not answer');
        return true;
      },
    });
    await until('the outbox is purged', async () => (await count('outbox')) === 1);
    await until('the inbox is purged', async () => (await count('inbox')) === 0);
  });

  it('an outbox whose numbers began anew ends it, and is told', async () => {
    await append(scratch, {}, {}, {});
    await publishAll();
    const { done, wasRenumbered, rounds } = start();
    await rounds(1);
    expect(wasRenumbered()).toBe(false);
    await scratch.pool.query('TRUNCATE TABLE outbox');
    await append(scratch, {});
    await done;
    expect(wasRenumbered()).toBe(true);
  });

  it('an outbox that was emptied by hand is published from its new beginning by the next leader', async () => {
    await scratch.pool.query('DELETE FROM relay_lease');
    const { publisher, ids } = recorder();
    const before = await append(scratch, {}, {}, {});
    const first = startRelay(scratch.pool, publisher);
    await drained(scratch);
    await first.stop();
    await scratch.pool.query('TRUNCATE TABLE outbox');
    const anew = await append(scratch, {});
    const second = startRelay(scratch.pool, publisher);
    await until('it is published', async () => ids().includes(anew[0] ?? ''));
    await second.stop();
    expect(ids()).toEqual([...before, ...anew]);
  });
});
