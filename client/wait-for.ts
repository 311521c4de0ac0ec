import { QuadrilleError } from './error.ts';
import { pause, untilAvailable } from './patience.ts';
import type { Client, NewOrder, Order, WaitOptions } from './types.ts';

/** Seconds; proxies rarely hold a request for longer than a minute. */
const oneHold = 30;
const longestTimer = 2 ** 31 - 1;

/** Submits an order and waits for it. */
export const waitFor = async (
  client: Pick<Client, 'submit' | 'read'>,
  order: NewOrder,
  { timeout, until = 'placed', signal, idempotencyKey = newKey() }: WaitOptions,
): Promise<Order> => {
  const patience = AbortSignal.timeout(Math.min(timeout, longestTimer));
  const both = signal ? AbortSignal.any([patience, signal]) : patience;
  let orderId: string | undefined;
  let trouble: QuadrilleError | undefined;
  const insist = <Result>(call: () => Promise<Result>) =>
    untilAvailable(call, both, (error) => {
      trouble = error;
    });
  try {
    const submitted = await insist(() => client.submit(order, { idempotencyKey, signal: both }));
    orderId = submitted.orderId;
    for (;;) {
      const seen = await insist(() => client.read(submitted.orderId, { wait: oneHold, until, signal: both }));
      if (hasReached(seen, until)) return seen;
      // A gateway that is about to stop answers at once.
      await pause(100, both);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error !== patience.reason) throw error;
    const state =
      orderId === undefined ? 'It is not known whether the order was taken' : `The order is not ${until} yet`;
    throw new QuadrilleError('timeout', `${state}, after ${timeout} ms.`, {
      orderId,
      idempotencyKey,
      problem: trouble?.problem,
      cause: trouble,
    });
  }
};

const hasReached = (order: Order, until: 'placed' | 'final'): boolean =>
  order.final || (until === 'placed' && (order.placedAt !== null || order.status === 'cancelling'));

/** Not `randomUUID`: browsers have that on secure pages only. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
