import { codeOf, messageOf, StackError, UsageError } from '@quadrille/process/errors';
import { SettingsError } from '@quadrille/process/settings/error';

/** The port that a process or a server was to have is taken; another may be free. */
export class PortTakenError extends StackError {
  override name = 'PortTakenError';
}

/** What the person at the terminal reads: one sentence where we know what to do, the whole error where we do not. */
export const forTerminal = (error: unknown): unknown => {
  if (error instanceof StackError || error instanceof UsageError || error instanceof SettingsError)
    return error.message;
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
};
