import { randomUUID } from 'node:crypto';
import { orderCreated } from '@quadrille/contracts/order-events';
import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { query } from '@quadrille/db/connect';
import { arrive } from '@quadrille/participant/arrival';
import { applyForCertain } from '@quadrille/participant/resilient';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationOf } from '../../../test/support/application.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { saidOf } from '../../../test/support/stock.ts';
import { accounts } from '../schema.ts';
import { seed } from '../seed.ts';
import { user, userOrderRows } from '../store.ts';

describe('user on a database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('user');
  });
  afterAll(() => scratch?.drop());

  it('does its step once, however often the events come', async () => {
    const orderId = randomUUID();
    await query(scratch.pool).insert(accounts).values(seed.rows);
    const events = [received(orderId, sampleOf(orderCreated))];
    const deliver = () =>
      applyForCertain(
        applicationOf(user, scratch.pool),
        events.map((event) => arrive(user, recordOf(event))),
      );
    await deliver();
    await deliver();
    expect(await userOrderRows.read(scratch.pool, [orderId])).toMatchObject([{ orderId, status: 'confirmed' }]);
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['user-confirmed'] });
  });
});
