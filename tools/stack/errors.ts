/** Something on this machine is not as we need it. The message is one sentence that says what is wrong and what to do. */
export class StackError extends Error {
  override name = 'StackError';
}

/** The port that a process or a server was to have is taken; another may be free. */
export class PortTakenError extends StackError {
  override name = 'PortTakenError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (ENOSPC, ECONNREFUSED ...), or nothing. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The command line cannot be understood. The message is one sentence with what would be. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What the person at the terminal reads: one sentence where we know what to do, the whole error where we do not. */
export function forTerminal(error: unknown): unknown {
  if (error instanceof StackError || error instanceof UsageError) return error.message;
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk is full (${messageOf(error)}): make room, or set QUADRILLE_DIR to a folder on another disk.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return `The data folder cannot be used (${messageOf(error)}): make it writable, or set QUADRILLE_DIR to another folder.`;
    default:
      return error;
  }
}
