import { randomUUID } from 'node:crypto';
import { readParked } from '@quadrille/db/parked';
import { mysqlStorage } from '@quadrille/db/storage';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/support/events.ts';
import { historyOf, parkedOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { cancelled, created, reservationsOf, saidOf, sizesOf, stockApp, stockUp } from '../../../test/support/stock.ts';
import { arrive } from '../arrival.ts';
import type { Delivered } from '../input.ts';
import { edit, retry } from '../parked.ts';
import { applyForCertain } from '../resilient.ts';

const trace = { by: 'ann', why: 'the bytes were cut off' };

describe('a parked event that is mended while a copy of it waits behind it', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    await stockUp(scratch.pool, 1, 1_000);
  });
  afterAll(() => scratch?.drop());

  const deliver = (records: readonly Delivered[]) =>
    applyForCertain(
      stockApp(scratch.pool),
      records.map((record) => arrive(stock, record)),
    );

  it('R22, R26: is applied at its own place, before the events that came between, and once', async () => {
    const orderId = randomUUID();
    const sound = recordOf(created(orderId));
    await deliver([{ ...sound, value: Buffer.from('{"user') }]);
    // The relay publishes the event once more: it comes behind the cancellation.
    await deliver([recordOf(cancelled(orderId)), sound]);
    expect(await parkedOf(scratch.pool)).toHaveLength(3);

    const deps = { storage: mysqlStorage(scratch.pool), participant: stock };
    const [spoilt] = await readParked(scratch.pool, { after: 0, limit: 1, correlationId: orderId });
    if (!spoilt) throw new Error('nothing is parked');
    await edit(deps, spoilt, { payload: sound.value }, trace);
    expect(await retry(deps, orderId, trace)).toMatchObject({ stuck: null });

    expect(await parkedOf(scratch.pool)).toEqual([]);
    expect(await reservationsOf(scratch.pool)).toEqual({ released: 1 });
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['stock-reserved', 'stock-released'] });
    expect((await historyOf(scratch.pool)).map(({ action }) => action)).toEqual([
      'edited',
      'released',
      'released',
      'released',
    ]);
    expect(await deliver([sound])).toEqual([{ kind: 'duplicate' }]);
    expect(await sizesOf(scratch.pool)).toMatchObject({ outbox: 2 });
  });
});
