import { z } from '@hono/zod-openapi';
import { isChoice } from '@quadrille/ops/limits';
import { invalid } from '@quadrille/process/problem';
import { type Service, services } from '@quadrille/services';

/** Fields of forms and of JSON alike. An empty one of a form was not filled in. */
const given = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape);

export const service = z.enum(services as [Service, ...Service[]], {
  error: `must be one of ${services.join(', ')}`,
});

export const why = z
  .string({ error: 'is needed: say why, it goes into the audit log' })
  .trim()
  .min(3, 'is too short: say why, it goes into the audit log')
  .max(500, 'must have 500 characters at most');

const largest = 999_999_999_999_999;

/** A number, or its digits: forms and queries have no numbers. */
export const whole = z
  .union(
    [
      z.int().min(1).max(largest),
      z
        .string()
        .regex(/^[1-9]\d{0,14}$/)
        .transform(Number),
    ],
    `must be a whole number from 1 to ${largest}`,
  )
  .openapi({ type: 'integer', minimum: 1, maximum: largest });

/** `true`, or the word: a form sends the value of its box. */
const yes = z
  .union([z.literal(true), z.literal('true')], 'must be true, or left out')
  .transform(() => true)
  .openapi({ type: 'boolean', enum: [true], description: 'Needed when nothing is chosen: then it is all of them' });

export const optional = <Shape extends z.ZodType>(shape: Shape) => given(shape.optional());

export const all = optional(yes);

/** Nobody should set everything going by leaving something out. @throws HttpError when nothing is chosen and `all` is not said */
export const demandChoice = (said: boolean | undefined, ...choices: readonly unknown[]): void => {
  if (!said && !isChoice(...choices))
    throw invalid([{ field: 'all', message: 'must be true when nothing is chosen: then it is all of them' }]);
};

/** What a request carries, checked; `token` and `confirm` are of the form and not of the act. @throws HttpError that names every wrong field */
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
