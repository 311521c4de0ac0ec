import { STATUS_CODES } from 'node:http';
import type { Problem } from '@quadrille/contracts/orders-http';

/** A field of a request that is wrong, and what would be right: `must be a whole number`. */
export type FieldError = { readonly field: string; readonly message: string };

type More = {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem, as RFC 9457 allows. */
  readonly members?: Readonly<Record<string, unknown>>;
};

/** A request that is answered with this status. The message is for the client; HTTP servers answer it as problem details (RFC 9457). */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly more: More;

  constructor(status: number, message: string, more: More = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

/** A 400 that names the fields. An attacker may send thousands of wrong ones; the answer stays short. */
export const invalid = (errors: readonly FieldError[]): HttpError => {
  const named = errors.slice(0, 20).map(({ field, message }) => ({ field: field.slice(0, 64), message }));
  return new HttpError(400, named.map(({ field, message }) => `${field} ${message}`).join('; '), { errors: named });
};

/** The body of an answer that is an error. */
export const problemDetails = (status: number, detail?: string, more: Record<string, unknown> = {}): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  ...(detail !== undefined && { detail }),
  ...more,
});

/** The body of the answer to an HttpError. */
export const problemOfError = ({ status, message, more }: HttpError): Problem =>
  problemDetails(status, message, { ...(more.errors && { errors: more.errors }), ...more.members });
