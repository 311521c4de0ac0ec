import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { metrics } from './metrics.ts';

/** What a service answers besides the three questions that every process answers. */
export type Api = {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Takes a connection that wants to become a WebSocket. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends what `upgrade` took: the server waits for these connections, and closes none of them by itself. */
  readonly close?: () => void;
};

/**
 * The HTTP door of a process: `/health` (it lives), `/ready` (it can do its work now), `/metrics` (Prometheus), and what its service
 * has to say. Closing lets requests in flight finish.
 */
export const serveHttp = async (options: {
  host: string;
  port: number;
  isReady: () => boolean;
  api?: Api | undefined;
  /** For a port that people reach: they get no metrics there, which are then on another port. */
  metrics?: 'elsewhere';
}): Promise<{ port: number; close: () => Promise<void> }> => {
  const { host, port, isReady, api } = options;
  const showsMetrics = options.metrics !== 'elsewhere';
  const listener = api && getRequestListener(api.fetch);
  const server = createServer((request, response) => {
    if (request.url === '/health') return answer(response, 200, { status: 'ok' });
    if (request.url === '/ready')
      return isReady() ? answer(response, 200, { status: 'ok' }) : answer(response, 503, { status: 'not ready' });
    if (showsMetrics && request.url === '/metrics') return void showMetrics(response);
    if (listener) return void listener(request, response);
    answer(response, 404, { status: 'not found' });
  });
  if (api?.upgrade) server.on('upgrade', api.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        api?.close?.();
        const idle = setInterval(() => server.closeIdleConnections(), 50);
        const patience = setTimeout(() => server.closeAllConnections(), 5_000);
        server.close(() => {
          clearInterval(idle);
          clearTimeout(patience);
          resolve();
        });
      }),
  };
};

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const showMetrics = async (response: ServerResponse): Promise<void> => {
  try {
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType });
    response.end(text);
  } catch {
    answer(response, 503, { status: 'a metric cannot be read now' });
  }
};
