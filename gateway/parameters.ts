import { z } from '@hono/zod-openapi';

/** A whole number in a query, within bounds. */
export const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error: 'is missing' })
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.int(error).min(min, error).max(max, error));
};

export const oneOf = <const Value extends string>(values: readonly Value[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** Pages of what has whole numbers for ids; a cursor is the id that the page before ended with. */
export const pageParameters = {
  cursor: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ type: 'string', description: 'The `next` of the page before; absent: the first page' }),
  limit: wholeNumber(1, 100).default(20).openapi({ type: 'integer', description: 'How many at most' }),
};
