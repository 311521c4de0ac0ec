import type {
  OrderPage,
  OrderStatus,
  OrderView,
  Submission,
  SubmitOrder,
  Submitted,
  WaitUntil,
} from '@quadrille/contracts/orders-http';
import { callerHeaders, ownerFor } from '@quadrille/process/caller';
import { createQueue } from '@quadrille/process/queue';
import { callInSpan } from '@quadrille/process/tracing/http';
import { beginBelow } from '@quadrille/process/tracing/recorder';
import { createFeed } from './feed.ts';
import type { GuardedCall } from './route.ts';
import { createUpstream, ServiceUnavailable, type UpstreamOptions } from './upstream.ts';

/** How long to wait for an order, and for what. */
export type Hold = { readonly wait: number; readonly until: WaitUntil; readonly version?: number | undefined };

export type Cancellation = { readonly outcome: 'cancelling' | 'final'; readonly order: OrderView };

export type Listing = {
  readonly userId: number;
  readonly status?: OrderStatus | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
};

/** For whom the order service does something: an order of another user is one that there is not. */
export type By = Pick<GuardedCall, 'traceparent' | 'caller'>;

/** The order service, as the gateway needs it. Every call may throw ServiceUnavailable. */
export type OrdersClient = {
  /** Without an idempotency key not safe to repeat: each call that arrives makes an order. */
  readonly submit: (order: SubmitOrder, traceparent: string, idempotencyKey?: string) => Promise<Submitted>;
  /** undefined: there is no such order. */
  readonly find: (orderId: string, by: By) => Promise<OrderView | undefined>;
  /** As `find`, but answered when what `hold` waits for has come, or its time is over, or `signal` aborts it (then it throws). */
  readonly wait: (orderId: string, hold: Hold, by: By, signal: AbortSignal) => Promise<OrderView | undefined>;
  readonly next: (
    orderId: string,
    until: WaitUntil,
    version: number | undefined,
    signal: AbortSignal,
    by: By,
  ) => Promise<OrderView | undefined>;
  readonly list: (listing: Listing, by: By) => Promise<OrderPage>;
  readonly cancel: (orderId: string, by: By) => Promise<Cancellation | undefined>;
  readonly isReady: () => Promise<boolean>;
};

export const longestWait = 60;

/** Orders accepted by us but not yet by the order service: more than it processes in two seconds are turned away (R52). */
const mostWaiting = 5_000;
const mostInOneCall = 200;

/** A submission, and when its client has waited long enough, by `performance.now()`. */
type Waiting = { readonly submission: Submission; readonly until: number };

/** Speaks to the order service: calls over kept-alive connections, waiting over one feed. */
export const createOrdersClient = (
  orderUrl: string,
  systemToken: string,
  options: UpstreamOptions = {},
): OrdersClient & { close: () => Promise<void> } => {
  const { patience = 10_000 } = options;
  const upstream = createUpstream('order', orderUrl, systemToken, options);
  const feed = createFeed(orderUrl, systemToken);

  const headersOf = ({ traceparent, caller }: By) => ({ traceparent, ...callerHeaders(caller) });
  const get = async (path: string, by: By) =>
    (await upstream.call({ method: 'GET', path, headers: headersOf(by) }, [200, 404])).body;
  const find = async (orderId: string, by: By) => (await get(`/orders/${orderId}`, by)) as OrderView | undefined;

  // Orders that come in while a call is under way go with the next one: one HTTP request for all of them.
  let waiting = 0;
  const submissions = createQueue<Waiting, Submitted | undefined>(async (batch) => {
    const now = performance.now();
    const isInTime = ({ until }: Waiting) => until > now;
    const inTime = batch.filter(isInTime).map(({ submission }) => submission);
    const submitted = inTime.length === 0 ? [] : await submitAll(inTime);
    let next = 0;
    return batch.map((each) => (isInTime(each) ? submitted[next++] : undefined));
  }, mostInOneCall);
  const submitAll = async (batch: readonly Submission[]): Promise<Submitted[]> => {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', path: '/orders', headers, body: JSON.stringify(batch) } as const;
    return (await upstream.call(request, [201])).body as Submitted[];
  };

  return {
    submit: async (order, traceparent, idempotencyKey) => {
      if (waiting >= mostWaiting) throw new ServiceUnavailable('Too many orders are waiting. Nothing was done.');
      waiting++;
      try {
        // A span for each order, although many go in one call: each is in a trace of its own.
        const span = beginBelow(traceparent);
        const submission = {
          ...{ order, traceparent: span?.traceparent ?? traceparent },
          ...(idempotencyKey !== undefined && { idempotencyKey }),
        };
        const until = performance.now() + patience;
        const { submitted } = await callInSpan(
          span,
          { method: 'POST', origin: orderUrl, path: '/orders' },
          async () => ({
            status: 201,
            submitted: (await submissions.add([{ submission, until }]))[0],
          }),
        );
        if (submitted) return submitted;
        if (performance.now() >= until)
          throw new ServiceUnavailable('The order waited for too long. Nothing was done.');
        throw new Error('the order service left an order unanswered');
      } finally {
        waiting--;
      }
    },
    find,
    wait: async (orderId, { wait, until, version }, by, signal) => {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), wait * 1000);
      const leave = () => patience.abort();
      signal.addEventListener('abort', leave);
      try {
        return await feed.next(orderId, until, version, patience.signal, ownerFor(by.caller));
      } catch (error) {
        if (!patience.signal.aborted || signal.aborted) throw error;
        return await find(orderId, by);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      }
    },
    next: (orderId, until, version, signal, by) => feed.next(orderId, until, version, signal, ownerFor(by.caller)),
    list: async ({ userId, status, before, limit }, by) => {
      const query = new URLSearchParams({
        userId: String(userId),
        limit: String(limit),
        ...(status && { status }),
        ...(before && { before }),
      });
      return (await get(`/orders?${query}`, by)) as OrderPage;
    },
    cancel: async (orderId, by) => {
      const request = { method: 'POST', path: `/orders/${orderId}/cancel`, headers: headersOf(by) } as const;
      const { status, body } = await upstream.call(request, [202, 404, 409]);
      if (status === 404) return undefined;
      return { outcome: status === 409 ? 'final' : 'cancelling', order: body as OrderView };
    },
    isReady: upstream.isReady,
    close: async () => {
      feed.close();
      await upstream.close();
    },
  };
};
