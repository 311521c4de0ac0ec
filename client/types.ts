import type { components, operations } from './openapi.ts';

type Schemas = components['schemas'];
export type NewOrder = Schemas['SubmitOrder'];
export type Submitted = Schemas['Submitted'];
export type Order = Schemas['Order'];
export type OrderPage = Schemas['OrderPage'];
/** RFC 9457 problem details; `errors` names the fields that are wrong. */
export type Problem = Schemas['Problem'];

/** Aborted, a call rejects with the signal's reason. */
export type CallOptions = { readonly signal?: AbortSignal };

export type SubmitOptions = CallOptions & {
  /** Up to 255 visible ASCII characters, made up for this order: sent again within 24 hours, there is still one order. */
  readonly idempotencyKey?: string;
};

/** `wait`: seconds, up to 60, that the answer is held until the order is as `until` says. */
export type ReadOptions = CallOptions & NonNullable<operations['readOrder']['parameters']['query']>;

export type OrderFilter = NonNullable<operations['listOrders']['parameters']['query']>;

export type WaitOptions = SubmitOptions & {
  /** ms after which to give up waiting. The order is not given up: cancel it, or go on with the key in the error. */
  readonly timeout: number;
  /** What to wait for; `placed` unless said otherwise. */
  readonly until?: 'placed' | 'final';
};

/** The API of Quadrille. Calls reject with a QuadrilleError. */
export type Client = {
  /** Submits an order, once. Without an idempotency key, sending it again makes another order. */
  readonly submit: (order: NewOrder, options?: SubmitOptions) => Promise<Submitted>;
  readonly read: (orderId: string, options?: ReadOptions) => Promise<Order>;
  /** Gives an order up. Safe to repeat; refused (409) when the order is final. */
  readonly cancel: (orderId: string, options?: CallOptions) => Promise<Order>;
  /** A page of a user's orders, newest first; its `next` is the `cursor` of the page after it. */
  readonly list: (filter?: OrderFilter, options?: CallOptions) => Promise<OrderPage>;
  /**
   * The order as it is now, then at each change, until it is final. Connects again by itself for as long as it takes; what it may miss
   * are states that were overtaken meanwhile. To stop earlier, leave the loop or abort the signal.
   */
  readonly follow: (orderId: string, options?: CallOptions) => AsyncIterable<Order>;
  /**
   * Submits an order and waits until it is placed (or refused), or final: its `status` tells. While the API is unavailable it tries
   * again until the timeout, with one idempotency key (made up, unless given), so that there is one order whatever happens. Give a key
   * that you have stored if that must hold even when your process dies.
   */
  readonly submitAndWait: (order: NewOrder, options: WaitOptions) => Promise<Order>;
};
