import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Log } from '@quadrille/process/log';
import { answerError, problemDetails, Refusal } from './problem.ts';
import { problemHeaders } from './responses.ts';

export type HttpServer = { readonly port: number; readonly close: () => Promise<void> };

type Fetch = (request: Request) => Response | Promise<Response>;

/** Serves `fetch` on a port, with limits on how slowly a request may come in. */
export const listen = async (fetch: Fetch, options: { host: string; port: number; log: Log }): Promise<HttpServer> => {
  const errorHandler = (error: unknown): Response => {
    if (error instanceof RequestError) return answerError(new Refusal(400, error.message));
    options.log.error({ err: error }, 'call failed');
    return answerError(error);
  };
  const limits = {
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 30_000,
    maxHeaderSize: 16_384,
    // A missing Host is refused by the listener, with problem details.
    requireHostHeader: false,
  };
  const server = createServer(limits, getRequestListener(fetch, { errorHandler }));
  server.on('clientError', refuseBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
};

const statusOf: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** What is no HTTP request never becomes one; it is answered on the bare connection. */
const refuseBrokenRequest = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = statusOf[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problemDetails(status, 'The request is not acceptable HTTP'));
  const headers = { ...problemHeaders, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
};

/** Takes no more connections, lets requests in flight finish, and closes each connection as soon as it is idle; the rest after 8 s. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const patience = setTimeout(() => server.closeAllConnections(), 8_000);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(patience);
      resolve();
    });
  });
