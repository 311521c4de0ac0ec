import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FeedAnswers, type FeedRequest, feedPath } from '@quadrille/contracts/orders-http';
import { type WebSocket, WebSocketServer } from 'ws';

/** An order service that only listens on its feed; the test says what it answers. */
export const startFakeFeed = async (port = 0, { autoPong = true } = {}) => {
  const requests: FeedRequest[] = [];
  const connections: WebSocket[] = [];
  const http = createServer();
  const server = new WebSocketServer({ server: http, path: feedPath, autoPong });
  server.on('connection', (connection) => {
    connections.push(connection);
    connection.on('message', (data) => requests.push(JSON.parse(String(data))));
  });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const { port: taken } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    requests,
    connections,
    /** The orders waited for so far, under their numbers. */
    watched: () => requests.flatMap(({ watch }) => watch),
    dropped: () => requests.flatMap(({ drop }) => drop),
    say: (message: FeedAnswers | string) => {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      for (const connection of server.clients) connection.send(text);
    },
    /** As a killed process would. */
    stop: () =>
      new Promise<void>((resolve) => {
        for (const connection of server.clients) connection.terminate();
        server.close();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
};
export type FakeFeed = Awaited<ReturnType<typeof startFakeFeed>>;
