import { type Markup, toText } from '@quadrille/process/html';
import { type HttpError, problemOfError } from '@quadrille/process/problem';

const protection = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Not `no-referrer`: with that a browser does not say either where a form comes from.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // The same address answers as a page and as a stream of its changes.
  vary: 'accept',
} as const;

const pageHeaders = {
  ...protection,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types quadrille",
};

const dataHeaders = {
  ...protection,
  'content-type': 'application/json',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

export const page = (content: Markup, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(toText(content), { status, headers: { ...pageHeaders, ...headers } });

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...dataHeaders, ...headers } });

export const eventStream = (body: ReadableStream<Uint8Array>): Response =>
  new Response(body, { headers: { ...protection, 'content-type': 'text/event-stream' } });

/** After an operation: to a page that shows its outcome, and can be loaded again without repeating it. */
export const goTo = (path: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 303, headers: { ...protection, location: path, ...headers } });

/** The answer to an error, as problem details (RFC 9457). */
export const problem = (error: HttpError): Response =>
  json(problemOfError(error), error.status, { 'content-type': 'application/problem+json', ...error.more.headers });
