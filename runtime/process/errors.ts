/** Something around us is not as we need it. The message is one sentence that says what is wrong and what to do. */
export class StackError extends Error {
  override name = 'StackError';
}

/** The command line cannot be understood. The message is one sentence with what would be. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The code of a system error (ENOSPC, ECONNREFUSED ...), or nothing. */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
};
