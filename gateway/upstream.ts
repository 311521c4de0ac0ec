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

/** More than a service processes in two seconds: further calls are rejected at once (R52). */
const mostCalls = 5_000;

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
export const createUpstream = (service: string, url: string, systemToken: string): Upstream => {
  const pool = new Pool(url, {
    pipelining: 1,
    connections: 256,
    connect: { timeout: 2_000 },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
  });

  const unavailable = (error: unknown, method: UpstreamRequest['method']): unknown => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'UND_ERR_INVALID_ARG') return error;
    const what = `The ${service} service ${neverSent.has(code) ? 'cannot be reached' : 'did not answer'}.`;
    const so = neverSent.has(code) ? 'Nothing was done.' : 'Whether it did something is not known.';
    return new ServiceUnavailable(method === 'GET' ? what : `${what} ${so}`, { cause: error });
  };

  const sendInSpan = (request: UpstreamRequest): Promise<Answer> => {
    const { traceparent } = request.headers ?? {};
    const span = traceparent === undefined ? null : beginBelow(traceparent);
    const headers = {
      ...request.headers,
      ...(span && { traceparent: span.traceparent }),
      [systemTokenHeader]: systemToken,
    };
    return callInSpan(span, { method: request.method, origin: url, path: request.path }, () =>
      dispatch(pool, { ...request, headers }),
    );
  };

  let calls = 0;
  const send = async (request: UpstreamRequest): Promise<Answer> => {
    if (calls >= mostCalls) throw new ServiceUnavailable('Too many requests are waiting. Nothing was done.');
    calls++;
    try {
      const answer = await sendInSpan(request);
      if (answer.status === 401 && answer.headers['www-authenticate'] === systemTokenScheme)
        throw new ForeignService(service);
      return answer;
    } catch (error) {
      if (error instanceof ForeignService) throw error;
      throw unavailable(error, request.method);
    } finally {
      calls--;
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
        const { status } = await send({ method: 'GET', path: '/ready', headersTimeout: 2_000 });
        return status < 500;
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
