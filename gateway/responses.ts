/** What a browser must know about every answer of the API: it is data, never a page: it must not be framed, and its type not guessed. */
const protectedData = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** Made once: a plain object passes through hono and @hono/node-server without being copied into a `Headers`. */
export const dataHeaders = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  ...protectedData,
} as const;
export const problemHeaders = { ...dataHeaders, 'content-type': 'application/problem+json' } as const;

/** For representations with an ETag: keep them, but ask every time. */
export const orderHeaders = { ...dataHeaders, 'cache-control': 'private, no-cache' } as const;

const { 'content-type': _, ...withoutBody } = orderHeaders;
export const notModifiedHeaders = withoutBody;

/** How many seconds a client should let pass before it asks again. */
export const retryAfter = { 'retry-after': '1' } as const;

export const json = (status: number, body: unknown, headers: Record<string, string> = dataHeaders): Response =>
  new Response(JSON.stringify(body), { status, headers });
