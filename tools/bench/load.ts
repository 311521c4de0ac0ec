import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';

export type LoadOptions = {
  /** http://host:port of the gateway */
  readonly gateway: string;
  readonly orders: number;
  /** Clients at once; each places its next order when the one before is placed (closed loop). */
  readonly clients: number;
  readonly productIds: readonly number[];
  readonly price: number;
  readonly onProgress: (done: number) => void;
};

export type LoadResult = {
  readonly seconds: number;
  readonly placed: number;
  /** ms from the POST to the answer that the order is placed, of each order */
  readonly placedMs: Float64Array;
  /** ms of the POST alone */
  readonly postMs: Float64Array;
  readonly orderIds: readonly string[];
  readonly failures: Map<string, number>;
};

const headers = { 'content-type': 'application/json' };

/** Places orders through the gateway as clients do: POST, then one long poll until the order is placed. */
export const placeOrders = async (options: LoadOptions): Promise<LoadResult> => {
  const { gateway, orders, clients, productIds, price } = options;
  const http = new Pool(gateway, { connections: clients, pipelining: 1 });
  const placedMs = new Float64Array(orders);
  const postMs = new Float64Array(orders);
  const failures = new Map<string, number>();
  const orderIds: string[] = [];
  let next = 0;
  let placed = 0;

  const placeOne = async (index: number): Promise<string> => {
    const productId = productIds[index % productIds.length];
    const order = JSON.stringify({
      userId: 1 + (index % 100_000),
      productId,
      amount: price,
      productCount: 1,
      couponId: 0,
    });
    const from = performance.now();
    const posted = await call(http, 'POST', '/api/v1/orders', order);
    postMs[index] = performance.now() - from;
    if (posted.status !== 202) return `POST answered ${posted.status}`;
    orderIds.push(String(posted.body.orderId));
    const found = await call(http, 'GET', `/api/v1/orders/${posted.body.orderId}?wait=60&until=placed`);
    placedMs[index] = performance.now() - from;
    return found.status === 200 ? String(found.body.status) : `GET answered ${found.status}`;
  };

  const client = async () => {
    while (next < orders) {
      const outcome = await placeOne(next++).catch((error: Error) => error.message);
      if (outcome === 'awaiting-payment') placed++;
      else failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
      options.onProgress(placed);
    }
  };

  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - started) / 1000;
  await http.close();
  return { seconds, placed, placedMs, postMs, orderIds, failures };
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
export const quantile = (values: Float64Array, share: number): number => {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
