import createFetchClient from 'openapi-fetch';
import { errorOf, QuadrilleError, unreachable } from './error.ts';
import { followEvents } from './follow.ts';
import type { paths } from './openapi.ts';
import type { Client } from './types.ts';
import { waitFor } from './wait-for.ts';

export type * from './types.ts';
export { QuadrilleError };

/** @param options.baseUrl where the gateway is, such as `https://shop.example` */
export const createClient = ({ baseUrl }: { readonly baseUrl: string }): Client => {
  const api = createFetchClient<paths>({ baseUrl });

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
    list: (query, { signal } = {}) =>
      answerTo(api.GET('/api/v1/orders', { params: { query }, ...given(signal) }), signal),
    follow: (orderId, { signal } = {}) =>
      followEvents(`${baseUrl.replace(/\/+$/, '')}/api/v1/orders/${encodeURIComponent(orderId)}/events`, signal),
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
