import { type FeedAnswers, feedPath, feedRequest } from '@quadrille/contracts/orders-http';
import type { Api } from '@quadrille/process/http';
import type { Log } from '@quadrille/process/log';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Order } from './schema.ts';
import { hasReached, toView } from './view.ts';
import type { Watch } from './watch.ts';

/** Ten thousand clients that begin to wait at once make a message of this order. */
const longestMessage = 4 * 1024 * 1024;

/**
 * Tells gateways when orders have come to what their clients wait for: one connection for each gateway, many orders in a message.
 * It costs an order that is waited for a few lines of JSON, where an HTTP request each would cost ten times that.
 * @param read looks an order up; concurrent looks share a statement
 */
export const createFeed = (
  watch: Watch,
  read: (orderId: string) => Promise<Order | undefined>,
  log: Log,
): Required<Pick<Api, 'upgrade' | 'close'>> => {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: longestMessage });
  return {
    upgrade: (request, socket, head) => {
      if (request.url !== feedPath) return void socket.destroy();
      server.handleUpgrade(request, socket, head, (connection) => serveGateway(connection, watch, read, log));
    },
    close: () => {
      for (const connection of server.clients) connection.close(1001);
      server.close();
      // A gateway that does not answer must not hold us.
      setTimeout(() => {
        for (const connection of server.clients) connection.terminate();
      }, 2_000).unref();
    },
  };
};

const serveGateway = (
  connection: WebSocket,
  watch: Watch,
  read: (orderId: string) => Promise<Order | undefined>,
  log: Log,
): void => {
  const watched = new Map<number, () => void>();
  let answers: FeedAnswers[number][] = [];

  const send = () => {
    const message = JSON.stringify(answers);
    answers = [];
    connection.send(message);
  };
  const forget = (number: number) => {
    watched.get(number)?.();
    watched.delete(number);
  };
  const tell = (number: number, order: Order | undefined) => {
    if (!watched.has(number)) return;
    forget(number);
    // All that one commit changed goes in one message.
    if (answers.length === 0) setImmediate(send);
    answers.push([number, order ? toView(order) : null]);
  };

  const follow = async ([number, orderId, until, version, owner]: ReturnType<
    typeof feedRequest.parse
  >['watch'][number]) => {
    let seen = version;
    const isTheirs = (order: Order) => owner === undefined || order.userId === owner;
    const off = watch.on(orderId, (order) => {
      if (isTheirs(order) && hasReached(order, until, seen ?? 0)) tell(number, order);
    });
    watched.set(number, off);
    // Watching began before this look, so that no change falls between.
    const remembered = watch.lately(orderId);
    // What another instance changed is not remembered here: who has seen more must not be shown less.
    const found = remembered && remembered.version >= (version ?? 0) ? remembered : await read(orderId);
    seen ??= found?.version ?? 0;
    if (!found || !isTheirs(found)) tell(number, undefined);
    else if (hasReached(found, until, seen)) tell(number, found);
  };

  const giveUp = (error: unknown) => {
    log.warn({ err: error }, 'a gateway lost its feed; it connects again');
    connection.close(1011);
  };
  connection.on('message', (data) => {
    try {
      const { watch: begun, drop } = feedRequest.parse(JSON.parse(String(data)));
      for (const wanted of begun) follow(wanted).catch(giveUp);
      for (const number of drop) forget(number);
    } catch (error) {
      giveUp(error);
    }
  });
  connection.on('error', (error) => log.warn({ err: error }, 'the feed to a gateway broke'));
  connection.on('close', () => {
    for (const off of watched.values()) off();
    watched.clear();
  });
};
