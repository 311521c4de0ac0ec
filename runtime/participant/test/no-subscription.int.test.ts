import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stock } from '../../../services/stock/store.ts';
import { silentLog } from '../../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { startParticipant } from '../participant.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await scratchDatabase('stock');
});
afterAll(() => scratch?.drop());

it('a service that subscribes to nothing needs no broker: it is ready, and executes commands', async () => {
  const service = await startParticipant(
    { ...stock, subscribes: [] },
    {
      ...{ pool: scratch.pool, groupPrefix: '', log: silentLog(), brokers: ['127.0.0.1:1'] },
      onCrash: (error) => {
        throw error;
      },
    },
  );
  expect(service.isReady()).toBe(true);
  const product = { productId: 77, price: 5, available: 1, reserved: 0, sold: 0 };
  const command = { name: 'add', correlationId: randomUUID(), keys: { product: 77 } };
  const state = await service.execute({ ...command, decide: () => ({ state: { product } }) });
  expect(state.product).toEqual(product);
  await service.stop();
});
