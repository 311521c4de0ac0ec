import { UsageError } from '@quadrille/process/errors';

/** Who acts, and why: kept with what came of it. */
export type Author = { readonly who: string; readonly why: string };

/** Characters that the tables keep: of the audit log, of parked events and of unpublishable ones. */
export const authorLimits = { who: 128, why: 255 } as const;

/**
 * The author of an operation, from the options --by and --why.
 * @throws UsageError when the reason is missing, or too long for the table
 */
export const toAuthor = ({ who, why }: { readonly who: string; readonly why: string | undefined }): Author => {
  if (!why?.trim()) throw new UsageError('Say why you do it, with --why "...": the audit log keeps it.');
  const author = { who: who.trim(), why: why.trim() };
  if (author.who === '') throw new UsageError('Say who does it, with --by NAME, or leave --by out.');
  checkLength('--why', author.why, authorLimits.why);
  checkLength('--by', author.who, authorLimits.who);
  return author;
};

const checkLength = (option: string, text: string, limit: number): void => {
  const length = [...text].length;
  if (length > limit) throw new UsageError(`${option} has ${length} characters: the audit log keeps ${limit} at most.`);
};
