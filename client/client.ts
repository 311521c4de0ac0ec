import createFetchClient from 'openapi-fetch';
import { errorOf, QuadrilleError, unreachable } from './error.ts';
import { followEvents } from './follow.ts';
import type { paths } from './openapi.ts';
import type { Client } from './types.ts';
import { waitFor } from './wait-for.ts';

export type * from './types.ts';
export { QuadrilleError };

export type ClientOptions = {
  /** Where the gateway is, such as `https://shop.example`. */
  readonly baseUrl: string;
  /** A token or an API key, asked for before each call, so that it can be a new one; absent: the gateway needs no login. */
  readonly token?: () => string | Promise<string>;
};

export const createClient = ({ baseUrl, token }: ClientOptions): Client => {
  const api = createFetchClient<paths>({ baseUrl });
  const authorization = async () => (token ? { authorization: `Bearer ${await token()}` } : {});
  if (token)
    api.use({
      onRequest: async ({ request }) => {
        for (const [name, value] of Object.entries(await authorization())) request.headers.set(name, value);
        return request;
      },
    });

  const submit: Client['submit'] = (body, { idempotencyKey, signal } = {}) => {
    const header = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
    return answerTo(api.POST('/api/v1/orders', { body, params: { header }, ...given(signal) }), signal);
  };
  const read: Client['read'] = (orderId, { signal, ...query } = {}) =>
    answerTo(api.GET('/api/v1/orders/{orderId}', { params: { path: { orderId }, query }, ...given(signal) }), signal);

  return {
    submit,
    read,
    cancel: (orderId, { signal } = {}) =>
      answerTo(
        api.POST('/api/v1/orders/{orderId}/cancel', { params: { path: { orderId } }, ...given(signal) }),
        signal,
      ),
    list: (query = {}, { signal } = {}) =>
      answerTo(api.GET('/api/v1/orders', { params: { query }, ...given(signal) }), signal),
    follow: (orderId, { signal } = {}) =>
      followEvents(
        `${baseUrl.replace(/\/+$/, '')}/api/v1/orders/${encodeURIComponent(orderId)}/events`,
        authorization,
        signal,
      ),
    submitAndWait: (order, options) => waitFor({ submit, read }, order, options),
  };
};

const given = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

const answerTo = async <Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
  signal: AbortSignal | undefined,
): Promise<Data> => {
  const { data, error, response } = await call.catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw unreachable(cause);
  });
  if (!response.ok || data === undefined) throw errorOf(response, error);
  return data;
};
