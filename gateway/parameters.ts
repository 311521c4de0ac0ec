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
