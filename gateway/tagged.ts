import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { orderHeaders } from './responses.ts';

/** For what has no version of its own: its ETag is its digest, and a client that has it already gets 304. */
export const answerTagged = (
  c: Context,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Response => {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const { 'content-type': _, ...withoutBody } = headers;
  return isKnown(c.req.header('if-none-match'), etag)
    ? new Response(null, { status: 304, headers: { ...withoutBody, etag } })
    : new Response(body, { headers: { ...headers, etag } });
};

const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && (ifNoneMatch.trim() === '*' || ifNoneMatch.slice(0, 1_000).includes(etag));

export const answerTaggedJson = (c: Context, body: unknown): Response =>
  answerTagged(c, JSON.stringify(body), orderHeaders);

export const taggedRequestHeaders = {
  'If-None-Match': z
    .string()
    .optional()
    .meta({ description: 'The ETag of what the client has; 304 if that is still so' }),
};

export const taggedHeadersDocument = {
  ETag: { description: 'Changes when the answer does', schema: { type: 'string' as const } },
};
