import { readDepth } from '@quadrille/db/outbox-progress';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch } from '../../test/support/latch.ts';
import { appendMany, drained, type RunningRelay, recorder, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { inShort, spyOn } from '../../test/support/spy-pool.ts';

describe('two relays of one database', () => {
  let one: Scratch;
  const running: RunningRelay[] = [];
  beforeAll(async () => {
    one = await scratchDatabase('order');
  });
  beforeEach(async () => {
    await one.pool.query('DELETE FROM outbox');
    await one.pool.query('DELETE FROM relay_lease');
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });
  afterAll(() => one?.drop());

  const start = (...args: Parameters<typeof startRelay>) => {
    const started = startRelay(...args);
    running.push(started);
    return started;
  };

  it('R4: of two relays one leads; when it stops, the other follows at once, and no event goes twice', async () => {
    const { publisher, ids } = recorder();
    const first = start(one.pool, publisher);
    await first.is('leading');
    const second = start(one.pool, publisher);
    await second.is('following');
    const appended = await appendMany(one, 100);
    await drained(one);
    await first.stop();
    await second.is('leading');
    appended.push(...(await appendMany(one, 100)));
    await drained(one);
    expect(ids()).toEqual(appended);
  });

  it('C3: a lease of a relay that is gone, and that ends a day ahead, holds up nothing', async () => {
    await one.pool.query(
      "INSERT INTO relay_lease (name, holder, epoch, expires_at) VALUES ('outbox', 'gone', 7, UTC_TIMESTAMP(3) + INTERVAL 1 DAY)",
    );
    const { publisher, ids } = recorder();
    const relay = start(one.pool, publisher);
    const appended = await appendMany(one, 10);
    await relay.is('leading');
    await drained(one);
    expect(ids()).toEqual(appended);
  });

  it('C3: a leader whose lease goes to another because the clock was set back is fenced off, and no event is lost or overtaken', async () => {
    const { publisher, ids } = recorder();
    const first = start(one.pool, publisher);
    await first.is('leading');
    const second = start(one.pool, publisher);
    await second.is('following');
    const appended = await appendMany(one, 100);
    await one.pool.query('UPDATE relay_lease SET expires_at = expires_at + INTERVAL 1 HOUR');
    appended.push(...(await appendMany(one, 100)));
    await drained(one);
    // What two published is the same events in the same order: each for the first time in its place.
    expect([...new Set(ids())]).toEqual(appended);
  });

  it('R5: when the leader dies without a word, the other takes over, and nothing is lost', async () => {
    let dead = false;
    const mortal = spyOn(one.pool, () => {
      if (dead) throw new Error('dead');
    });
    const { publisher, ids } = recorder();
    const first = start(mortal, publisher);
    await first.is('leading');
    const second = start(one.pool, publisher);
    await second.is('following');
    const appended = await appendMany(one, 10);
    await drained(one);
    dead = true;
    appended.push(...(await appendMany(one, 10)));
    await second.is('leading');
    await drained(one);
    expect(ids()).toEqual(appended);
  });

  it('R5: a leader that slept over its lease marks nothing of what its successor has not yet published', async () => {
    const [asleep, wakes, successorPublishes, successorMayGo] = [latch(), latch(), latch(), latch()];
    let sleeping = false;
    const sleepy = recorder(async () => {
      sleeping = true;
      asleep.open();
      await wakes.opened;
    });
    const firstPool = spyOn(one.pool, (sql) => {
      // Asleep, it does not renew its lease.
      if (sleeping && inShort(sql) === 'UPDATE relay_lease') throw new Error('asleep');
    });
    const appended = await appendMany(one, 5);
    const first = start(firstPool, sleepy.publisher);
    await asleep.opened;
    const successor = recorder(async () => {
      successorPublishes.open();
      await successorMayGo.opened;
    });
    start(one.pool, successor.publisher);
    await successorPublishes.opened;
    wakes.open();
    await first.is('failing');
    expect(sleepy.ids()).toEqual(appended);
    expect((await readDepth(one.pool)).events).toBe(appended.length);
    successorMayGo.open();
    await drained(one);
    expect(successor.ids()).toEqual(appended);
  });
});
