import type { OrderView, Submission, SubmitOrder, WaitUntil } from '@quadrille/contracts/orders-http';
import { createQueue } from '@quadrille/process/queue';
import { type Dispatcher, Pool } from 'undici';

/** How long the order service may hold the answer, and for what. */
export type Hold = { readonly wait: number; readonly until: WaitUntil; readonly version?: number | undefined };

export type Cancellation = { readonly outcome: 'cancelling' | 'final'; readonly order: OrderView };

/** The order service, as the gateway needs it. Every call may throw OrdersUnavailable. */
export type OrdersClient = {
  /** Not safe to repeat: each call that arrives makes an order. */
  readonly submit: (order: SubmitOrder, traceparent: string) => Promise<{ orderId: string }>;
  /** undefined: there is no such order. */
  readonly find: (orderId: string, traceparent: string) => Promise<OrderView | undefined>;
  /** As `find`, but answered when what `hold` waits for has come, or its time is over, or `signal` aborts it (then it throws). */
  readonly wait: (
    orderId: string,
    hold: Hold,
    traceparent: string,
    signal: AbortSignal,
  ) => Promise<OrderView | undefined>;
  readonly cancel: (orderId: string, traceparent: string) => Promise<Cancellation | undefined>;
  readonly isReady: () => Promise<boolean>;
};

/** The order service is away, overloaded or silent. The message is for the client of the gateway. */
export class OrdersUnavailable extends Error {
  override readonly name = 'OrdersUnavailable';
}

export const longestWait = 60;

/** More than the order service takes in two seconds: whoever comes then is turned away at once (R52). */
const mostQuickCalls = 5_000;

/** Orders accepted by us but not yet by the order service: more than it takes in two seconds are turned away (R52). */
const mostWaiting = 5_000;
const mostInOneCall = 200;

/** Errors that come before a byte of the request has left. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const unavailable = (error: unknown): unknown => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_INVALID_ARG') return error;
  const detail = neverSent.has(code)
    ? 'The order service cannot be reached. Nothing was done.'
    : 'The order service did not answer. Whether it did something is not known.';
  return new OrdersUnavailable(detail, { cause: error });
};

/**
 * Speaks to the order service over kept-alive connections. Never two requests on one connection at once: undici repeats what was
 * pipelined behind a request whose connection broke, and a submission that is repeated makes two orders. Held requests have a pool of
 * their own, so that ten thousand waiting clients do not stand in the way of an order.
 */
export const createOrdersClient = (orderUrl: string): OrdersClient & { close: () => Promise<void> } => {
  const common = { pipelining: 1, connect: { timeout: 2_000 } };
  const quick = new Pool(orderUrl, { ...common, connections: 256, headersTimeout: 10_000, bodyTimeout: 10_000 });
  const patience = (longestWait + 10) * 1_000;
  const held = new Pool(orderUrl, { ...common, connections: null, headersTimeout: patience, bodyTimeout: patience });

  let quickCalls = 0;
  const sendQuick = async (request: Request) => {
    if (quickCalls >= mostQuickCalls) throw new OrdersUnavailable('Too many requests are waiting. Nothing was done.');
    quickCalls++;
    try {
      return await send(quick, request);
    } finally {
      quickCalls--;
    }
  };

  const call = async (pool: Pool, request: Request, expected: readonly number[]): Promise<Answer> => {
    const { status, text } = await (pool === quick ? sendQuick(request) : send(pool, request));
    if (status === 503 || status === 429) throw new OrdersUnavailable('The order service cannot take requests now.');
    if (!expected.includes(status)) throw new Error(`the order service answered ${request.method} with ${status}`);
    return { status, body: status === 404 ? undefined : JSON.parse(text) };
  };

  const get = async (pool: Pool, path: string, traceparent: string, signal?: AbortSignal) => {
    const answer = await call(pool, { method: 'GET', path, headers: { traceparent }, signal }, [200, 404]);
    return answer.body as OrderView | undefined;
  };

  // Orders that come in while a call is under way go with the next one: one HTTP request for all of them.
  let waiting = 0;
  const submissions = createQueue<Submission, { orderId: string }>(async (batch) => {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', path: '/orders', headers, body: JSON.stringify(batch) } as const;
    return (await call(quick, request, [201])).body as { orderId: string }[];
  }, mostInOneCall);

  return {
    submit: async (order, traceparent) => {
      if (waiting >= mostWaiting) throw new OrdersUnavailable('Too many orders are waiting. Nothing was done.');
      waiting++;
      try {
        const [submitted] = await submissions.add([{ order, traceparent }]);
        if (!submitted) throw new Error('the order service left an order unanswered');
        return submitted;
      } finally {
        waiting--;
      }
    },
    find: (orderId, traceparent) => get(quick, `/orders/${orderId}`, traceparent),
    wait: (orderId, { wait, until, version }, traceparent, signal) => {
      const known = version === undefined ? '' : `&version=${version}`;
      return get(held, `/orders/${orderId}?wait=${wait}&until=${until}${known}`, traceparent, signal);
    },
    cancel: async (orderId, traceparent) => {
      const options = { method: 'POST', path: `/orders/${orderId}/cancel`, headers: { traceparent } } as const;
      const { status, body } = await call(quick, options, [202, 404, 409]);
      if (status === 404) return undefined;
      return { outcome: status === 409 ? 'final' : 'cancelling', order: body as OrderView };
    },
    isReady: async () => {
      try {
        const { status } = await send(quick, { method: 'GET', path: '/ready', headersTimeout: 2_000 });
        return status < 500;
      } catch {
        return false;
      }
    },
    close: async () => {
      await Promise.all([quick.destroy(), held.destroy()]);
    },
  };
};

type Answer = { readonly status: number; readonly body: unknown };

type Request = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'body' | 'headers' | 'headersTimeout'> & {
  readonly signal?: AbortSignal | undefined;
};

/** `pool.request` without the stream around a body, which nearly always is one chunk: saves a tenth of the CPU. */
const send = (pool: Pool, { signal, ...options }: Request): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    let leave: (() => void) | undefined;
    const settle = () => leave && signal?.removeEventListener('abort', leave);
    pool.dispatch(options, {
      onRequestStart: (controller) => {
        leave = () => controller.abort(new Error('aborted'));
        if (signal?.aborted) leave();
        else signal?.addEventListener('abort', leave);
      },
      onResponseStart: (_, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        settle();
        resolve({ status, text: Buffer.concat(chunks).toString() });
      },
      onResponseError: (_, error) => {
        settle();
        reject(unavailable(error));
      },
    });
  });
