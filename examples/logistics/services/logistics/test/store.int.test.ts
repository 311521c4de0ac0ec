import { randomUUID } from 'node:crypto';
import { orderCreated } from '@quadrille/contracts/order-events';
import { paymentSucceeded } from '@quadrille/contracts/payment-events';
import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { arrive } from '@quadrille/participant/arrival';
import { applyForCertain } from '@quadrille/participant/resilient';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationOf } from '../../../test/support/application.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { saidOf } from '../../../test/support/stock.ts';
import { logistics, logisticsOrderRows, saveAddress } from '../store.ts';

describe('logistics on a database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('logistics');
  });
  afterAll(() => scratch?.drop());

  it('does its step once, however often the events come', async () => {
    const orderId = randomUUID();
    await saveAddress(scratch.pool, { userId: 1, address: 'some street' });
    const events = [received(orderId, sampleOf(orderCreated)), received(orderId, sampleOf(paymentSucceeded))];
    const deliver = () =>
      applyForCertain(
        applicationOf(logistics, scratch.pool),
        events.map((event) => arrive(logistics, recordOf(event))),
      );
    await deliver();
    await deliver();
    expect(await logisticsOrderRows.read(scratch.pool, [orderId])).toMatchObject([{ orderId, status: 'done' }]);
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['shipment-created'] });
  });
});
