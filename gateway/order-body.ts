import { type SubmitOrder, submitOrder } from '@quadrille/contracts/orders-http';
import { type Caller, ownerFor } from '@quadrille/process/caller';
import { type FieldError, invalid } from '@quadrille/process/problem';
import type { Context } from 'hono';
import type { z } from 'zod';
import { readJsonText } from './body.ts';
import { hasRepeatedField, repeatedFields } from './repeated-fields.ts';
import { userFor } from './user.ts';

/** The body of a submission, checked; throws an HttpError that names every wrong field. */
export const readOrder = async (c: Context, caller: Caller): Promise<SubmitOrder> => {
  const text = await readJsonText(c);
  const json = parse(text);
  return check(json, text, caller);
};

const fieldNames = new Map(Object.keys(submitOrder.shape).map((name) => [name.toLowerCase(), name]));

/** As `readOrder`, with `userID`, `userid` and the like for `userId`: Go, in which the article's call was written, reads JSON like that. */
export const readOrderInAnyCase = async (c: Context, caller: Caller): Promise<SubmitOrder> => {
  const text = await readJsonText(c);
  const json = parse(text);
  if (!isObject(json)) return check(json, text, caller);
  const renamed = Object.entries(json).map(
    ([name, value]) => [fieldNames.get(name.toLowerCase()) ?? name, value] as const,
  );
  return check(Object.fromEntries(renamed), text, caller);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ field: 'body', message: text.trim() === '' ? 'is empty' : 'is not valid JSON' }]);
  }
};

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Who has logged in need not say who they are, and cannot say that they are somebody else. */
const check = (given: unknown, text: string, caller: Caller): SubmitOrder => {
  const owner = ownerFor(caller);
  const order =
    owner !== null && isObject(given) && !Object.hasOwn(given, 'userId') ? { userId: owner, ...given } : given;
  const parsed = submitOrder.safeParse(order);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, order));
  if (hasRepeatedField(text, given)) throw invalid(repeatedFields(text, fieldNames));
  userFor(caller, parsed.data.userId);
  return parsed.data;
};

/** One error per field. Of several limits that a number breaks, the contract checks the tighter one last. */
const fieldErrors = (issues: readonly z.core.$ZodIssue[], order: unknown): FieldError[] => {
  const errors = issues.flatMap((issue) => describe(issue, order));
  return [...new Map(errors.map((error) => [error.field, error])).values()];
};

const describe = (issue: z.core.$ZodIssue, order: unknown): FieldError[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((field) => ({ field, message: 'is not a known field' }));
  const field = issue.path.join('.');
  if (field === '') return [{ field: 'body', message: 'must be a JSON object' }];
  if (isObject(order) && !Object.hasOwn(order, field)) return [{ field, message: 'is missing' }];
  if (issue.code === 'too_small')
    return [{ field, message: `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}` }];
  if (issue.code === 'too_big') return [{ field, message: `must be at most ${issue.maximum}` }];
  return [{ field, message: 'must be an integer' }];
};
