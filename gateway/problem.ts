import { STATUS_CODES } from 'node:http';
import type { Problem } from '@quadrille/contracts/orders-http';
import { json, problemHeaders, retryAfter } from './responses.ts';
import { ServiceUnavailable } from './upstream.ts';

export type FieldError = { readonly field: string; readonly message: string };

type More = {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem, as RFC 9457 allows. */
  readonly members?: Readonly<Record<string, unknown>>;
};

/** A request that is answered with a 4xx: what is thrown anywhere below a route becomes problem details. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly more: More;

  constructor(status: number, detail: string, more: More = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

/** A 400 that names the fields. An attacker may send thousands of wrong ones; the answer stays short. */
export const invalid = (errors: readonly FieldError[]): Refusal => {
  const named = errors.slice(0, 20).map(({ field, message }) => ({ field: field.slice(0, 64), message }));
  return new Refusal(400, named.map(({ field, message }) => `${field} ${message}`).join('; '), { errors: named });
};

export const problemDetails = (status: number, detail?: string, instance?: string): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  ...(detail === undefined ? {} : { detail }),
  ...(instance === undefined ? {} : { instance }),
});

/**
 * The answer to whatever a handler threw. Of an unexpected error the client learns nothing but the trace id, under which it is logged.
 */
export const answerError = (error: unknown, traceId?: string): Response => {
  if (error instanceof Refusal) {
    const { errors, headers, members } = error.more;
    const body = { ...problemDetails(error.status, error.message), ...(errors ? { errors } : {}), ...members };
    return json(error.status, body, headers ? { ...problemHeaders, ...headers } : problemHeaders);
  }
  if (error instanceof ServiceUnavailable)
    return json(503, problemDetails(503, error.message), { ...problemHeaders, ...retryAfter });
  return json(500, problemDetails(500, undefined, traceId), problemHeaders);
};
