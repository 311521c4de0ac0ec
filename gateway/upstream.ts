import { remainingTimeHeader } from '@quadrille/process/deadline';
import { codeOf } from '@quadrille/process/errors';
import { CallRefused, guardCalls } from '@quadrille/process/guarded-calls';
import type { Log } from '@quadrille/process/log';
import { systemTokenHeader, systemTokenScheme } from '@quadrille/process/system-token';
import { callInSpan } from '@quadrille/process/tracing/http';
import { beginBelow } from '@quadrille/process/tracing/recorder';
import { type Dispatcher, Pool } from 'undici';

/** A service behind us is away, overloaded or silent. The message is for the client of the gateway. */
export class ServiceUnavailable extends Error {
  override readonly name = 'ServiceUnavailable';
}

/** The answer comes from a service of another system: nothing was done, and the settings are wrong. The message is for the client. */
export class ForeignService extends ServiceUnavailable {
  constructor(service: string) {
    const setting = `${service.toUpperCase()}_URL`;
    const cause = new Error(
      `The ${service} service refused our token: it belongs to another system. Set the same SYSTEM_TOKEN for all processes of a system, and check ${setting}.`,
    );
    super(`The ${service} service cannot be reached. Nothing was done.`, { cause });
  }
}

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type UpstreamRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly headersTimeout?: number;
};

/** One of our services, over kept-alive connections. */
export type Upstream = {
  /** @throws ServiceUnavailable, ForeignService */
  readonly send: (request: UpstreamRequest) => Promise<Answer>;
  /** The parsed JSON of the answer, undefined for a 404. @throws ServiceUnavailable, ForeignService, Error for a status not among `expected` */
  readonly call: (request: UpstreamRequest, expected: readonly number[]) => Promise<{ status: number; body: unknown }>;
  readonly isReady: () => Promise<boolean>;
  readonly close: () => Promise<void>;
};

/** So many calls may wait for one service, such as those that were held and are answered together; further ones are refused at once (R52). */
const mostCalls = 5_000;

/** Errors of a call that waited in vain. One that fails at once costs nothing, and works again as soon as the service does. */
const silences = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/** Errors of a connection that broke: the service was restarted, perhaps, and another connection may do. */
const broken = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export type UpstreamOptions = {
  /** So many calls in a row that waited in vain open the circuit breaker; undefined: there is none. */
  readonly circuitBreaker?: number | undefined;
  /** ms that a call waits for the answer */
  readonly patience?: number;
  readonly log?: Pick<Log, 'info' | 'warn'>;
};

/** Errors that come before a byte of the request has left. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Never two requests on one connection at once: undici repeats what was pipelined behind a request whose connection broke, and a
 * submission that is repeated makes two orders.
 * @param service for messages: "order", "pay"
 * @param systemToken goes with every call
 */
export const createUpstream = (
  service: string,
  url: string,
  systemToken: string,
  { circuitBreaker, patience = 10_000, log }: UpstreamOptions = {},
): Upstream => {
  const pool = new Pool(url, {
    pipelining: 1,
    connections: 256,
    connect: { timeout: 2_000 },
    headersTimeout: patience,
    bodyTimeout: patience,
  });
  const guarded = guardCalls({
    to: service,
    atOnce: mostCalls,
    inARow: circuitBreaker,
    isSilence: (error) => silences.has(codeOf(error) ?? ''),
    log,
  });

  const unavailable = (error: unknown, method: UpstreamRequest['method']): unknown => {
    if (error instanceof CallRefused)
      return new ServiceUnavailable(`The ${service} service is too slow now. Nothing was done.`, { cause: error });
    const code = codeOf(error) ?? '';
    if (code === 'UND_ERR_INVALID_ARG') return error;
    const what = `The ${service} service ${neverSent.has(code) ? 'cannot be reached' : 'did not answer'}.`;
    const so = neverSent.has(code) ? 'Nothing was done.' : 'Whether it did something is not known.';
    return new ServiceUnavailable(method === 'GET' ? what : `${what} ${so}`, { cause: error });
  };

  const ask = (request: UpstreamRequest): Promise<Answer> => {
    const { headersTimeout = patience } = request;
    const { traceparent } = request.headers ?? {};
    const span = traceparent === undefined ? null : beginBelow(traceparent);
    const headers = {
      ...request.headers,
      ...(span && { traceparent: span.traceparent }),
      [systemTokenHeader]: systemToken,
      [remainingTimeHeader]: String(headersTimeout),
    };
    return callInSpan(span, { method: request.method, origin: url, path: request.path }, () =>
      dispatch(pool, { ...request, headers }),
    );
  };
  // Only what changes nothing is asked again, once, not after it has waited in vain, and for the time that is left of the first.
  const askAgain = async (request: UpstreamRequest): Promise<Answer> => {
    const until = performance.now() + (request.headersTimeout ?? patience);
    try {
      return await ask(request);
    } catch (error) {
      if (request.method !== 'GET' || !broken.has(codeOf(error) ?? '')) throw error;
      return await ask({ ...request, headersTimeout: Math.max(1, Math.round(until - performance.now())) });
    }
  };
  const send = async (request: UpstreamRequest): Promise<Answer> => {
    try {
      const answer = await guarded(() => askAgain(request));
      if (answer.status === 401 && answer.headers['www-authenticate'] === systemTokenScheme)
        throw new ForeignService(service);
      return answer;
    } catch (error) {
      if (error instanceof ForeignService) throw error;
      throw unavailable(error, request.method);
    }
  };

  return {
    send,
    call: async (request, expected) => {
      const { status, body } = await send(request);
      if (status === 503 || status === 429)
        throw new ServiceUnavailable(`The ${service} service cannot take requests now.`);
      if (status === 401) throw new ForeignService(service);
      if (!expected.includes(status))
        throw new Error(`the ${service} service answered ${request.method} with ${status}`);
      return { status, body: status === 404 ? undefined : JSON.parse(body.toString()) };
    },
    isReady: async () => {
      try {
        // Not guarded: a breaker that is open must not hide that the service is back.
        const { status } = await ask({ method: 'GET', path: '/ready', headersTimeout: Math.min(2_000, patience) });
        return status < 500 && status !== 401;
      } catch {
        return false;
      }
    },
    close: () => pool.destroy(),
  };
};

/** `pool.request` without the stream around a body, which nearly always is one chunk: saves a tenth of the CPU. */
const dispatch = (pool: Pool, request: UpstreamRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let status = 0;
    let headers: Record<string, string> = {};
    const chunks: Buffer[] = [];
    pool.dispatch(request as Dispatcher.DispatchOptions, {
      onRequestStart: () => {},
      onResponseStart: (_, statusCode, received) => {
        status = statusCode;
        headers = received as Record<string, string>;
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
      onResponseError: (_, error) => reject(error),
    });
  });
