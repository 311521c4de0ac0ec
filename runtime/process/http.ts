import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { readTraceparent } from '@quadrille/contracts/trace';
import { answerInTime, remainingTimeHeader } from './deadline.ts';
import { showMetrics } from './expose.ts';
import { listenOn } from './listen.ts';
import { type Load, overloaded } from './load.ts';
import { countConnections, measureRequests } from './measure-requests.ts';
import { createProfiling } from './profiling.ts';
import { createTokenCheck, systemTokenHeader, systemTokenScheme } from './system-token.ts';
import { runInSpan } from './tracing/current.ts';
import { toldOfAnswer } from './tracing/http.ts';
import { beginBelow, end } from './tracing/recorder.ts';

/** What a service answers besides the three questions that every process answers. */
export type Api = {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Takes a connection that wants to become a WebSocket. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends what `upgrade` took: the server waits for these connections, and closes none of them by itself. */
  readonly close?: () => void;
};

/**
 * The HTTP server of a process: `/health` (it runs), `/ready` (it can do its work now), `/metrics` (Prometheus), profiles where they are
 * switched on, and what its service has to say. Closing lets requests in flight finish.
 * @param options.obstacle asked as well: what keeps it from its work now, in a few words; null: nothing
 */
export const serveHttp = async (options: {
  host: string;
  port: number;
  isReady: () => boolean;
  obstacle?: () => Promise<string | null>;
  api?: Api | undefined;
  /** The API answers only calls that carry it; without it, every call. */
  systemToken?: string | undefined;
  /** Decides which calls of the API are taken; without it, all. Health, readiness and metrics are always answered. */
  load?: Load;
  /** For a port that people reach: they get no metrics there, which are then on another port. */
  metrics?: 'elsewhere';
  /** Where the process may be profiled: for calls that carry this token. */
  profiling?: { readonly systemToken: string } | undefined;
}): Promise<{ port: number; close: () => Promise<void> }> => {
  const { isReady, obstacle, api, systemToken, load } = options;
  const showsMetrics = options.metrics !== 'elsewhere';
  const listener = api && getRequestListener(api.fetch);
  const profiling = options.profiling && createProfiling(options.profiling.systemToken);
  const isToken = systemToken === undefined ? () => true : createTokenCheck(systemToken);
  const isOurs = ({ headers }: IncomingMessage) => isToken(headers[systemTokenHeader]);
  // A caller that names its system wants to know whether this one is of the same.
  const namesAnother = (request: IncomingMessage) =>
    request.headers[systemTokenHeader] !== undefined && !isOurs(request);
  const server = createServer((request, response) => {
    if (request.url === '/health') return answer(response, 200, { status: 'ok' });
    if (request.url === '/ready' && !namesAnother(request)) return void answerReady(response, isReady, obstacle);
    if (showsMetrics && request.url === '/metrics') return void showMetrics(request, response);
    if (profiling?.takes(request)) return void profiling.answer(request, response);
    if (!isOurs(request)) return refuseStranger(response);
    if (listener) {
      measureRequests(request, response);
      const leave = load?.enter();
      if (load && !leave) return refuseTooMuch(response);
      if (leave) response.once('close', leave);
      return answerInTime(request.headers[remainingTimeHeader], () => answerInSpan(request, response, listener));
    }
    answer(response, 404, { status: 'not found' });
  });
  const { upgrade } = api ?? {};
  if (upgrade)
    server.on('upgrade', (request, socket, head) =>
      isOurs(request) ? upgrade(request, socket, head) : refuseStrangersUpgrade(socket),
    );
  countConnections(server);
  const port = await listenOn(server, options);
  return {
    port,
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

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** In a span of the caller's trace, if that is recorded. */
const answerInSpan = (request: IncomingMessage, response: ServerResponse, listener: Listener): void => {
  const caller = readTraceparent(request.headers.traceparent as string | undefined);
  const span = caller === null ? null : beginBelow(caller);
  if (span === null) return void listener(request, response);
  response.once('close', () => {
    const { method = 'GET', url = '/' } = request;
    end(span, toldOfAnswer({ method, path: url, status: response.statusCode }));
  });
  runInSpan(span.traceparent, () => listener(request, response));
};

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const answerReady = async (
  response: ServerResponse,
  isReady: () => boolean,
  obstacle: () => Promise<string | null> = async () => null,
): Promise<void> => {
  const why = await obstacle();
  if (why !== null) return answer(response, 503, { status: 'not ready', why });
  if (isReady()) answer(response, 200, { status: 'ok' });
  else answer(response, 503, { status: 'not ready' });
};

const refuseTooMuch = (response: ServerResponse): void => {
  response.setHeader('retry-after', '1');
  answer(response, 503, { error: overloaded });
};

const strangerHeaders = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'www-authenticate': systemTokenScheme,
};

const strangerProblem = JSON.stringify({
  type: 'about:blank',
  title: 'Unauthorized',
  status: 401,
  detail: 'The call does not carry the token of this system (setting SYSTEM_TOKEN)',
});

const refuseStranger = (response: ServerResponse): void => {
  response.writeHead(401, strangerHeaders);
  response.end(strangerProblem);
};

const refuseStrangersUpgrade = (socket: Duplex): void => {
  const headers = {
    ...strangerHeaders,
    'content-length': String(Buffer.byteLength(strangerProblem)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 401 Unauthorized\r\n${lines.join('')}\r\n${strangerProblem}`);
};
