import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Order, QuadrilleError } from '@quadrille/client';
import type { Random } from '@quadrille/simulate/random';

/** What customers were told: the yardstick of the audit. Written at the moment of the answer. */
export type History = {
  /** Order id by idempotency key, for each 202. */
  readonly accepted: Map<string, string>;
  /** Answers to the same key that named another order. */
  readonly contradictions: string[];
  /** The final states that customers have seen. */
  readonly ends: Map<string, Order['status']>;
};

export const newHistory = (): History => ({ accepted: new Map(), contradictions: [], ends: new Map() });

/** Patience of a customer at one step; a fault may last longer, then the next try counts. */
const patience = 30_000;

/** Everything that shops see: plain orders, coupons that two want, wrong amounts, unknown and scarce products. */
const orderOf = (index: number) => {
  const productId = index % 50 === 0 ? 99 : index % 7 === 0 ? 3 : 1 + (index % 2);
  return {
    userId: 7,
    productId,
    amount: index % 40 === 0 ? 1 : 1100 * (productId === 2 ? 2 : 1),
    productCount: 1,
    couponId: index % 3 === 0 ? 1000 + (index % 2000) : 0,
  };
};

export const startCustomers = (options: {
  gateway: string;
  customers: number;
  random: Random;
  history: History;
}): { stop: () => Promise<void> } => {
  const { gateway, customers, random, history } = options;
  const client = createClient({ baseUrl: gateway });
  let stopped = false;
  let next = 0;

  const note = (order: Order) => {
    if (!order.final) return;
    const before = history.ends.get(order.orderId);
    if (before !== undefined && before !== order.status)
      history.contradictions.push(`order ${order.orderId} was ${before}, then ${order.status}`);
    history.ends.set(order.orderId, order.status);
  };

  const submit = async (index: number): Promise<string> => {
    const idempotencyKey = `chaos-${index}`;
    for (;;) {
      try {
        const { orderId } = await client.submit(orderOf(index), {
          idempotencyKey,
          signal: AbortSignal.timeout(patience),
        });
        const before = history.accepted.get(idempotencyKey);
        if (before !== undefined && before !== orderId)
          history.contradictions.push(`key ${idempotencyKey} led to ${before}, then to ${orderId}`);
        history.accepted.set(idempotencyKey, orderId);
        return orderId;
      } catch (error) {
        if (error instanceof QuadrilleError && error.kind === 'refused') throw error;
        await sleep(200);
      }
    }
  };

  /** One try each: what a fault swallows, the expiry of the payment makes good. */
  const cancel = (orderId: string) =>
    client.cancel(orderId, { signal: AbortSignal.timeout(patience) }).then(note, () => {});
  const pay = async (order: Order, choice: string) => {
    if (!order.links.payment) return;
    const page = new URL(new URL(order.links.payment).pathname, gateway);
    const form = new URLSearchParams(choice === 'decline' ? { action: 'decline' } : { action: 'pay', choice });
    await fetch(page, { method: 'POST', body: form, redirect: 'manual', signal: AbortSignal.timeout(patience) });
  };
  const read = async (orderId: string, until: 'placed' | 'final') => {
    const order = await client.read(orderId, { wait: 20, until, signal: AbortSignal.timeout(patience) });
    note(order);
    return order;
  };

  const shop = async (index: number) => {
    const orderId = await submit(index);
    // A network that eats answers makes customers send again.
    if (random.next() < 0.05) await submit(index);
    const chance = random.next();
    if (chance < 0.1) {
      await sleep(random.between(0, 300));
      return cancel(orderId);
    }
    const order = await read(orderId, 'placed');
    if (chance < 0.6)
      await pay(order, random.pick(['success', 'success', 'success', 'decline', 'slow', 'twice', 'never']));
    if (chance > 0.5 && chance < 0.7) await cancel(orderId);
    if (chance < 0.3) await read(orderId, 'final');
  };

  const customer = async () => {
    while (!stopped) {
      const index = next++;
      await shop(index).catch((error: unknown) => {
        // Every order of ours is well-formed: a no is a promise broken.
        if (error instanceof QuadrilleError && error.kind === 'refused')
          history.contradictions.push(`order ${index}: ${error.message}`);
      });
      await sleep(random.between(0, 400));
    }
  };
  const running = Promise.all(Array.from({ length: customers }, customer));
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
};
