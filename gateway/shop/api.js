/** @import { OrderPage, OrderView, Problem, SubmitOrder } from '@quadrille/contracts/orders-http' */
/** @import { CouponView, ProductView } from '@quadrille/contracts/shop-http' */

/** @typedef {{ self: string, cancel?: string, payment?: string }} Links */
/** @typedef {OrderView & { links: Links }} Order */

/** A call that did not go well; the message is for people. */
export class CallFailed extends Error {
  /**
   * @param {string} message
   * @param {number} status 0: there was no answer
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  /** Whether something was done is not known, or nothing was; the same call can be made again. */
  get mayRepeat() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} with a status below 400
 */
const call = async (path, init = {}) => {
  const response = await fetch(path, { headers: { accept: 'application/json' }, ...init }).catch((error) => {
    if (init.signal?.aborted) throw error;
    throw new CallFailed('The shop does not answer. Is it running?', 0);
  });
  if (response.status >= 400) throw new CallFailed(await inWords(response), response.status);
  return response;
};

/** @param {Response} response */
const inWords = async (response) => {
  /** @type {Partial<Problem>} */
  const problem = await response.json().catch(() => ({}));
  const trace = problem.instance ? ` The log has it under ${problem.instance}.` : '';
  if (problem.detail) return problem.detail + trace;
  return response.status >= 500
    ? `Something went wrong on our side.${trace}`
    : (problem.title ?? `The shop answered ${response.status}.`);
};

/** @template Body @param {string} path @returns {Promise<Body>} */
const read = async (path) => (await call(path)).json();

/** @returns {Promise<{ login: 'off' | 'needed' | 'done', userId: number | null, page: string | null }>} */
export const readSession = () => read('/api/v1/session');

export const logOut = () => call('/logout', { method: 'POST' });

/** @returns {Promise<{ products: ProductView[], next: string | null }>} */
export const readProducts = () => read('/api/v1/products?limit=100');

/** @param {number} userId @returns {Promise<{ coupons: CouponView[], next: string | null }>} */
export const readCoupons = (userId) => read(`/api/v1/coupons?userId=${userId}&limit=100`);

/** @param {number} userId @param {number} limit @returns {Promise<Omit<OrderPage, 'next'> & { next: string | null }>} */
export const readOrders = (userId, limit) => read(`/api/v1/orders?userId=${userId}&limit=${limit}`);

/**
 * @param {SubmitOrder} order
 * @param {string} idempotencyKey sent again with the same order, there is one order
 * @returns {Promise<{ orderId: string, links: Links }>}
 */
export const submit = async (order, idempotencyKey) => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  return (await call('/api/v1/orders', { method: 'POST', headers, body: JSON.stringify(order) })).json();
};

/** @param {string} path links.cancel @returns {Promise<Order>} */
export const cancel = async (path) => (await call(path, { method: 'POST' })).json();

/**
 * Waits for an order to move.
 * @param {string} orderId
 * @param {number | undefined} version what is known of it
 * @param {AbortSignal} signal
 * @returns {Promise<Order | undefined>} undefined: it has not moved
 */
export const waitForChange = async (orderId, version, signal) => {
  const known = version === undefined ? undefined : { 'if-none-match': `"${version}"` };
  const query = version === undefined ? '' : '?wait=20';
  const response = await call(`/api/v1/orders/${orderId}${query}`, {
    signal,
    cache: 'no-store',
    ...(known && { headers: known }),
  });
  return response.status === 304 ? undefined : response.json();
};
