import { z } from '@hono/zod-openapi';

/** A whole number in a query, within bounds, which the document tells, too. */
export const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error: 'is missing' })
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.int(error).min(min, error).max(max, error))
    .openapi({ type: 'integer', minimum: min, maximum: max });
};

export const oneOf = <const Value extends string>(values: readonly Value[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** Pages of what has whole numbers for ids; a cursor is the id that the page before ended with. */
export const pageParameters = {
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'must be the `next` of a page')
    // Behind the last id there can be is nothing.
    .transform((text) => Math.min(Number(text), Number.MAX_SAFE_INTEGER))
    .optional()
    .openapi({
      ...{ type: 'string', pattern: '^[1-9]\\d{0,15}$', minLength: 1, maxLength: 16 },
      description: 'The `next` of the page before; absent: the first page',
    }),
  limit: wholeNumber(1, 100).default(20).openapi({ default: 20, description: 'How many at most' }),
};
