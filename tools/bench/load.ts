import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

export const price = 1100;

/** What one client does: places an order, and waits until it is placed, refused or cancelled. */
export type OrderPlan = {
  readonly productId: number;
  /** The client cancels it at once. */
  readonly cancels?: boolean;
};

export type Placed = {
  /** ms from the POST to the answer that the order is placed (or refused), of each order */
  readonly placedMs: number[];
  /** ms of the POST alone */
  readonly postMs: number[];
  readonly orderIds: string[];
  /** How orders ended, by status; an error by its message. */
  readonly ends: Map<string, number>;
  readonly seconds: number;
};

type Client = {
  readonly place: (plan: OrderPlan, index: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const headers = { 'content-type': 'application/json' };

const connectTo = (gateway: string, connections: number, into: Placed): Client => {
  const http = new Pool(gateway, { connections, pipelining: 1 });
  const placeOne = async ({ productId, cancels }: OrderPlan, index: number): Promise<string> => {
    const userId = 1 + (index % 100_000);
    const order = JSON.stringify({ userId, productId, amount: price, productCount: 1, couponId: 0 });
    const from = performance.now();
    const posted = await call(http, 'POST', '/api/v1/orders', order);
    into.postMs.push(performance.now() - from);
    if (posted.status !== 202) return `POST answered ${posted.status}`;
    const orderId = String(posted.body.orderId);
    into.orderIds.push(orderId);
    if (cancels) await call(http, 'POST', `/api/v1/orders/${orderId}/cancel`, '{}');
    const found = await call(http, 'GET', `/api/v1/orders/${orderId}?wait=60&until=placed`);
    into.placedMs.push(performance.now() - from);
    return found.status === 200 ? String(found.body.status) : `GET answered ${found.status}`;
  };
  return {
    place: async (plan, index) => {
      const end = await placeOne(plan, index).catch((error: Error) => error.message);
      into.ends.set(end, (into.ends.get(end) ?? 0) + 1);
    },
    close: () => http.close(),
  };
};

const timed = async (
  gateway: string,
  connections: number,
  load: (place: Client['place']) => Promise<void>,
): Promise<Placed> => {
  const placed: Placed = { placedMs: [], postMs: [], orderIds: [], ends: new Map(), seconds: 0 };
  const client = connectTo(gateway, connections, placed);
  const started = performance.now();
  await load(client.place);
  const seconds = (performance.now() - started) / 1_000;
  await client.close();
  return { ...placed, seconds };
};

/** Each client places its next order when the one before has ended. */
export const closedLoop = async (options: {
  readonly gateway: string;
  readonly orders: number;
  readonly clients: number;
  readonly planOf: (index: number) => OrderPlan;
}): Promise<Placed> => {
  const { gateway, orders, clients, planOf } = options;
  let next = 0;
  return timed(gateway, clients, async (place) => {
    const run = async () => {
      while (next < orders) {
        const index = next++;
        await place(planOf(index), index);
      }
    };
    await Promise.all(Array.from({ length: clients }, run));
  });
};

/** Orders come evenly, whether those before have ended or not. @param rate a second */
export const openLoop = async (options: {
  readonly gateway: string;
  readonly orders: number;
  readonly rate: number;
  readonly planOf: (index: number) => OrderPlan;
}): Promise<Placed> => {
  const { gateway, orders, rate, planOf } = options;
  return timed(gateway, 1_000, async (place) => {
    const started = performance.now();
    const running: Promise<void>[] = [];
    for (let index = 0; index < orders; index++) {
      await delay(Math.max(0, started + (index * 1_000) / rate - performance.now()));
      running.push(place(planOf(index), index));
    }
    await Promise.all(running);
  });
};

/** A closed loop over some products. @returns how many orders are placed, and the ids of all */
export const placeOrders = async (options: {
  readonly gateway: string;
  readonly orders: number;
  readonly clients: number;
  readonly productIds: readonly number[];
}): Promise<{ readonly placed: number; readonly orderIds: readonly string[] }> => {
  const { productIds } = options;
  const { ends, orderIds } = await closedLoop({
    ...options,
    planOf: (index) => ({ productId: productIds[index % productIds.length] as number }),
  });
  return { placed: ends.get('awaiting-payment') ?? 0, orderIds };
};

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

/** One request, answered with its JSON, at the least cost: the generator's CPU counts, too. */
const call = (http: Pool, method: 'GET' | 'POST', path: string, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    http.dispatch(
      { method, path, headers, ...(body ? { body } : {}) },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          const text = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? '';
          resolve({ status, body: JSON.parse(text) });
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });

/** The value below which the given share of them lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
