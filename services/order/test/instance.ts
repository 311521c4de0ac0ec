import type { OrderPage, Submitted } from '@quadrille/contracts/orders-http';
import { connect, type Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { applyBatch } from '@quadrille/participant/apply';
import type { Command } from '@quadrille/participant/runtime';
import { createLog } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import { createApi } from '../api.ts';
import type { SubmitState } from '../idempotency.ts';
import { order, readOrders } from '../store.ts';

export const request = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 0 };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const silent = Object.assign(createLog('order'), { level: 'silent' });

export type Sent = { readonly order: typeof request; readonly idempotencyKey?: string };

/** An instance of the order service, without Kafka: its HTTP API, its commands in batches, its own connections to the database. */
export const startInstance = (url: string) => {
  const pool: Pool = connect(url, 4);
  const batches: number[] = [];
  const commands = createQueue(async (inputs: readonly Command<SubmitState>[]) => {
    batches.push(inputs.length);
    return applyBatch(
      mysqlStorage(pool),
      order,
      inputs.map((command) => ({ event: null, delivery: null, traceparent: undefined, ...command })),
    );
  }, 500);
  const api = createApi({
    pool,
    service: {
      execute: async (command) => {
        const [outcome] = await commands.add([command]);
        if (outcome?.kind !== 'applied') throw new Error('a command is never a duplicate');
        return outcome.state;
      },
    },
    read: async (orderId) => (await readOrders(pool, [orderId])).get(orderId),
    deadline: 3_600_000,
    log: silent,
  });

  return {
    pool,
    batches,
    /** As the gateway sends them: together. */
    submit: async (...sent: Sent[]): Promise<Submitted[]> => {
      const body = JSON.stringify(sent.map((each) => ({ ...each, traceparent })));
      const response = await api.request('/orders', { method: 'POST', body });
      if (response.status !== 201) throw new Error(`the service answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Submitted[];
    },
    list: async (query: string): Promise<OrderPage> =>
      (await (await api.request(`/orders?${query}`)).json()) as OrderPage,
    api,
    stop: () => pool.end(),
  };
};
export type Instance = ReturnType<typeof startInstance>;
