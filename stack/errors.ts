/** Something on this machine is not as we need it. The message is one sentence that says what is wrong and what to do. */
export class StackError extends Error {
  override name = 'StackError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (ENOSPC, ECONNREFUSED ...), or nothing. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
