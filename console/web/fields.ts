import { services } from '@quadrille/stack/setup';
import { z } from 'zod';
import { invalid } from './refusal.ts';

/** Fields of forms and of JSON alike. An empty one of a form was not filled in. */
const given = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape);

export const service = z.enum(services as [(typeof services)[number], ...typeof services], {
  error: `must be one of ${services.join(', ')}`,
});

export const why = z
  .string({ error: 'is needed: say why, it goes into the ledger' })
  .trim()
  .min(3, 'is too short: say why, it goes into the ledger')
  .max(500, 'must have 500 characters at most');

export const seq = z.coerce.number('must be a number').int('must be a whole number').positive('must be 1 or more');

export const optional = <Shape extends z.ZodType>(shape: Shape) => given(shape.optional());

/** What a request carries, checked; `token` and `confirm` are of the form and not of the act. @throws Refusal that names every wrong field */
export const readFields = <Shape extends z.ZodObject>(body: unknown, shape: Shape): z.output<Shape> => {
  const { token: _, ...fields } = body as Record<string, unknown>;
  const parsed = shape.strict().safeParse(fields);
  if (parsed.success) return parsed.data as z.output<Shape>;
  throw invalid(
    parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? { field: issue.keys.join(', '), message: 'is not known here' }
        : { field: issue.path.join('.') || 'body', message: issue.message },
    ),
  );
};
