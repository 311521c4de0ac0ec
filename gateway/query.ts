import { type FieldError, invalid } from '@quadrille/process/problem';
import type { Context } from 'hono';
import type { z } from 'zod';

/**
 * The query of a call, checked; throws an HttpError that names every wrong parameter.
 * @param shape what each parameter must be; its message says what is wanted ("must be ...")
 */
export const readQuery = <Shape extends z.ZodObject>(c: Context, shape: Shape): z.output<Shape> => {
  const errors: FieldError[] = [];
  const given: Record<string, string> = {};
  for (const [field, values] of Object.entries(c.req.queries())) {
    if (!Object.hasOwn(shape.shape, field)) errors.push({ field, message: 'is not a known parameter' });
    else if (values.length > 1) errors.push({ field, message: 'is given more than once' });
    else given[field] = values[0] ?? '';
  }
  const parsed = shape.safeParse(given);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const field = path.join('.');
    if (!errors.some((error) => error.field === field)) errors.push({ field, message });
  }
  if (errors.length > 0 || !parsed.success) throw invalid(errors);
  return parsed.data;
};
