import { z } from '@hono/zod-openapi';
import { invalid } from '@quadrille/process/problem';
import type { Context } from 'hono';

export const idempotencyKeyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .openapi({
      ...{ pattern: '^[\\x21-\\x7e]{1,255}$', minLength: 1, maxLength: 255 },
      description:
        'Up to 255 visible ASCII characters that the client makes up for this order. Sent again by the same user within 24 hours, the answer is the same and there is one order',
      example: 'b3b1f0c2-checkout-17',
    }),
});

/** The client's name for this submission; it may send it again without ordering twice. */
export const readIdempotencyKey = (c: Context): string | undefined => {
  const key = c.req.header('idempotency-key');
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalid([{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
};
