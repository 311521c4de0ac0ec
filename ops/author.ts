import { UsageError } from '@quadrille/process/errors';

/** Who acts, and why: kept with what came of it. */
export type Author = { readonly who: string; readonly why: string };

/** Characters that the tables keep: of the ledger, of parked events and of those that Kafka refuses. */
export const authorLimits = { who: 128, why: 255 } as const;

/**
 * The author of an act, from what somebody has typed.
 * @throws UsageError when nobody says why, or when a table could not keep it
 */
export const toAuthor = ({ who, why }: { readonly who: string; readonly why: string | undefined }): Author => {
  if (!why?.trim()) throw new UsageError('Say why you do it, with --why "...": the ledger keeps it.');
  const author = { who: who.trim(), why: why.trim() };
  if (author.who === '') throw new UsageError('Say who does it, with --by NAME, or leave --by out.');
  checkLength('--why', author.why, authorLimits.why);
  checkLength('--by', author.who, authorLimits.who);
  return author;
};

const checkLength = (option: string, text: string, limit: number): void => {
  const length = [...text].length;
  if (length > limit) throw new UsageError(`${option} has ${length} characters: the ledger keeps ${limit} at most.`);
};
