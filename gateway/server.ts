import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { listenOn } from '@quadrille/process/listen';
import type { Log } from '@quadrille/process/log';
import { countConnections } from '@quadrille/process/measure-requests';
import { HttpError, problemDetails } from '@quadrille/process/problem';
import { answerError } from './problem.ts';
import { problemHeaders } from './responses.ts';

export type HttpServer = { readonly port: number; readonly close: () => Promise<void> };

type Fetch = (request: Request) => Response | Promise<Response>;

/**
 * Serves on a port, with limits on how slowly a request may come in.
 * @param build makes what answers, once the port is known: 0 asks for any
 * @throws PortTaken
 */
export const listen = async (
  build: (port: number) => Fetch,
  options: { host: string; port: number; log: Log },
): Promise<HttpServer> => {
  const errorHandler = (error: unknown): Response => {
    if (error instanceof RequestError) return answerError(new HttpError(400, error.message));
    options.log.error({ err: error }, 'call failed');
    return answerError(error);
  };
  const limits = {
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 30_000,
    maxHeaderSize: 16_384,
    // Node would refuse it without problem details.
    requireHostHeader: false,
  };
  const server = createServer(limits);
  server.on('clientError', refuseBrokenRequest);
  server.on('connect', (_request, socket) => answerOnSocket(socket, 501, 'This is no proxy'));
  // What stands on a connection behind a request that is refused is not believed to be a request.
  const refused = new WeakSet<Duplex>();
  const refuse = (request: IncomingMessage, response: ServerResponse, status: number, detail: string) => {
    refused.add(request.socket);
    response.writeHead(status, { ...problemHeaders, connection: 'close' });
    response.end(JSON.stringify(problemDetails(status, detail)));
  };
  server.on('checkExpectation', (request, response) =>
    refuse(request, response, 417, 'The only expectation that can be met is 100-continue'),
  );
  countConnections(server);
  const port = await listenOn(server, options);
  // A request of HTTP/1.0 need not say which host it is for.
  const answer = getRequestListener(build(port), { errorHandler, hostname: 'localhost' });
  server.on('request', (request, response) => {
    if (refused.has(request.socket)) return;
    const fault = hostFault(request);
    if (fault !== undefined) return refuse(request, response, 400, fault);
    return answer(request, response);
  });
  return { port, close: () => close(server) };
};

/** What is wrong with the Host header: of two, a proxy before us and we could each believe another. */
const hostFault = ({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined => {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return 'There is more than one Host header';
  return !headers.host && httpVersion !== '1.0' ? 'The Host header is missing' : undefined;
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
  answerOnSocket(socket, statusOf[error.code ?? ''] ?? 400, 'The request is not acceptable HTTP');
};

const answerOnSocket = (socket: Duplex, status: number, detail: string): void => {
  const body = JSON.stringify(problemDetails(status, detail));
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
