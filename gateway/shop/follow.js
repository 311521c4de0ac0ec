import { CallFailed, waitForChange } from './api.js';

/** @import { Order } from './api.js' */

const pause = 2_000;

/**
 * Follows an order until it is final: by server-sent events, and where these do not come through, by asking again and again.
 * @param {string} orderId
 * @param {{ onOrder: (order: Order) => void, onTrouble: (message: string) => void }} listener `onTrouble` with '': it is over
 * @returns {() => void} stops following
 */
export const follow = (orderId, { onOrder, onTrouble }) => {
  const stopped = new AbortController();
  /** @type {number | undefined} */
  let version;

  const source = new EventSource(`/api/v1/orders/${orderId}/events`);
  stopped.signal.addEventListener('abort', () => source.close());

  /** @param {Order} order */
  const take = (order) => {
    onTrouble('');
    // Answers may overtake each other.
    if (version !== undefined && order.version < version) return;
    version = order.version;
    if (order.final) stopped.abort();
    onOrder(order);
  };

  source.addEventListener('order', (event) => take(JSON.parse(event.data)));
  source.addEventListener('open', () => onTrouble(''));
  source.addEventListener('error', () => {
    if (stopped.signal.aborted) return;
    // The browser connects again by itself, unless the answer was no stream at all.
    if (source.readyState === EventSource.CLOSED) void ask();
    else onTrouble('The connection broke off. Connecting again.');
  });

  const ask = async () => {
    while (!stopped.signal.aborted) {
      try {
        const order = await waitForChange(orderId, version, stopped.signal);
        if (order) take(order);
        else onTrouble('');
      } catch (error) {
        if (stopped.signal.aborted) return;
        const mayRepeat = !(error instanceof CallFailed) || error.mayRepeat;
        const message = error instanceof Error ? error.message : 'The order cannot be followed.';
        onTrouble(mayRepeat ? `${message} Trying again.` : message);
        if (!mayRepeat) return stopped.abort();
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };

  return () => stopped.abort();
};
