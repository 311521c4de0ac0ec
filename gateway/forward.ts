import { callerHeaders } from '@quadrille/process/caller';
import type { Context } from 'hono';
import { readBytes } from './body.ts';
import type { Call, GuardedCall } from './route.ts';
import type { Upstream } from './upstream.ts';

/** Headers that go on to the service and come back from it; all others stay here, so that nobody can say who they are by `caller-…`. */
const inwards = [
  'accept',
  'accept-language',
  'content-type',
  'stripe-signature',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
];
const outwards = [
  'allow',
  'cache-control',
  'content-security-policy',
  'content-type',
  'etag',
  'location',
  'referrer-policy',
  'refresh',
  'retry-after',
  'x-content-type-options',
];

/** A `Response` with one of these refuses even an empty body. */
const withoutBody = new Set([204, 205, 304]);

/** Hands a call to the service behind it, body byte for byte, and its answer back: what the service shows is its own affair. */
export const forward = async (
  c: Context,
  call: Call | GuardedCall,
  upstream: Upstream,
  path: string,
): Promise<Response> => {
  const method = c.req.method === 'POST' ? 'POST' : 'GET';
  const headers: Record<string, string> = {
    traceparent: call.traceparent,
    ...('caller' in call && callerHeaders(call.caller)),
  };
  for (const name of inwards) {
    const value = c.req.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const body = method === 'POST' ? { body: await readBytes(c) } : {};
  const answer = await upstream.send({ method, path, headers, ...body });
  const passed = outwards.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, answer.headers[name]]]));
  const content = withoutBody.has(answer.status) ? null : new Uint8Array(answer.body);
  return new Response(content, { status: answer.status, headers: Object.fromEntries(passed) });
};
