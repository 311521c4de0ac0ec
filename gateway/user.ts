import { type Caller, ownerFor } from '@quadrille/process/caller';
import { HttpError, invalid } from '@quadrille/process/problem';
import { wholeNumber } from './parameters.ts';

/** The parameter that says whose something is. @param description `Whose orders` */
export const userOf = (description: string) =>
  wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: `${description}. Whoever has logged in may leave it out: their own`, example: 1 });

/**
 * For which user a call is.
 * @param given what the client says
 * @throws HttpError 403 when that is another than the caller, 400 when nobody knows
 */
export const userFor = (caller: Caller, given: number | undefined): number => {
  const owner = ownerFor(caller) ?? given;
  if (owner === undefined) throw invalid([{ field: 'userId', message: 'is missing' }]);
  if (given === undefined || given === owner) return owner;
  throw new HttpError(403, `You are logged in as user ${owner}: leave userId out, or log in as user ${given}`, {
    errors: [{ field: 'userId', message: 'is another user' }],
  });
};
