import {
  type FeedAnswers,
  type FeedRequest,
  feedPath,
  type OrderView,
  type WaitUntil,
} from '@quadrille/contracts/orders-http';
import { systemTokenHeader } from '@quadrille/process/system-token';
import { WebSocket } from 'ws';
import { ForeignService, ServiceUnavailable } from './upstream.ts';

/** The changes of orders, as the gateway's waiting clients need them. */
export type Feed = {
  /**
   * Resolves when the order has come to what is waited for; undefined: there is no such order. Has no end of its own: `signal` gives it up.
   * @param owner the user whose order it must be; null: of any user
   * @param version what the client has seen; undefined: nothing yet
   * @throws ServiceUnavailable when the order service is away or goes away, ForeignService when it is of another system
   */
  readonly next: (
    orderId: string,
    until: WaitUntil,
    version: number | undefined,
    signal: AbortSignal,
    owner: number | null,
  ) => Promise<OrderView | undefined>;
  readonly close: () => void;
};

type Waiting = { readonly resolve: (order: OrderView | undefined) => void; readonly reject: (error: unknown) => void };

/** A connection that says nothing for so long is taken for broken: the other side may have stopped without a word. */
const silence = 10_000;

/**
 * One connection to the order service for all clients that wait: a client that waits costs a number in a message, not a request.
 * It is made when first needed. When it breaks, all waiting calls fail, and the next one opens it again.
 */
export const createFeed = (orderUrl: string, systemToken: string): Feed => {
  const address = new URL(feedPath, orderUrl.replace(/^http/, 'ws'));
  const waiting = new Map<number, Waiting>();
  let connection: WebSocket | undefined;
  let lastNumber = 0;
  let request: { watch: FeedRequest['watch']; drop: FeedRequest['drop'] } = { watch: [], drop: [] };
  let sending = false;

  const connect = () => {
    const headers = { [systemTokenHeader]: systemToken };
    const socket = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: 2_000, headers });
    let received = true;
    let isForeign = false;
    const pulse = setInterval(() => {
      if (!received) return socket.terminate();
      received = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, silence);
    socket.on('open', send);
    socket.on('pong', () => {
      received = true;
    });
    socket.on('message', (data) => {
      received = true;
      const answers = readAnswers(String(data));
      if (!answers) return socket.terminate();
      for (const [number, order] of answers) {
        waiting.get(number)?.resolve(order ?? undefined);
        waiting.delete(number);
      }
    });
    socket.on('unexpected-response', (_request, response) => {
      isForeign = response.statusCode === 401;
      socket.terminate();
    });
    // Followed by 'close', where it is dealt with.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(pulse);
      connection = undefined;
      request = { watch: [], drop: [] };
      const lost = [...waiting.values()];
      waiting.clear();
      for (const { reject } of lost)
        reject(
          isForeign
            ? new ForeignService('order')
            : new ServiceUnavailable('The order service cannot be asked for changes now.'),
        );
    });
    return socket;
  };

  const send = () => {
    sending = false;
    if (connection?.readyState !== WebSocket.OPEN || request.watch.length + request.drop.length === 0) return;
    connection.send(JSON.stringify(request));
    request = { watch: [], drop: [] };
  };
  // Everything that comes up in one turn of the event loop goes in one message.
  const sendSoon = () => {
    if (sending) return;
    sending = true;
    setImmediate(send);
  };

  return {
    next: (orderId, until, version, signal, owner) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        connection ??= connect();
        const number = ++lastNumber;
        const leave = () => {
          waiting.delete(number);
          request.drop.push(number);
          sendSoon();
          reject(signal.reason);
        };
        const stay = () => signal.removeEventListener('abort', leave);
        signal.addEventListener('abort', leave);
        waiting.set(number, {
          resolve: (order) => {
            stay();
            resolve(order);
          },
          reject: (error) => {
            stay();
            reject(error);
          },
        });
        const wanted = [number, orderId, until, version ?? null] as const;
        // An order service of an earlier release does not know the fifth.
        request.watch.push(owner === null ? [...wanted] : [...wanted, owner]);
        sendSoon();
      }),
    close: () => connection?.terminate(),
  };
};

/** Who says something else than answers is no order service; it must not take the gateway down. */
const readAnswers = (message: string): FeedAnswers | undefined => {
  try {
    const answers: unknown = JSON.parse(message);
    return Array.isArray(answers) && answers.every(Array.isArray) ? (answers as unknown as FeedAnswers) : undefined;
  } catch {
    return undefined;
  }
};
