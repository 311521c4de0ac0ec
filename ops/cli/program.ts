import { Command, CommanderError } from 'commander';
import { addAuditLog } from './audit-log.ts';
import { addLag } from './lag.ts';
import { addParked } from './parked.ts';
import { addReconcile } from './reconcile.ts';
import { addReplay } from './replay.ts';
import { addScore } from './score.ts';
import { addSkip } from './skip.ts';
import { addStop } from './stop.ts';
import { addTail } from './tail.ts';
import { addTrace } from './trace.ts';
import { addUnpublishable } from './unpublishable.ts';
import { examples } from './verb.ts';
import { addVerify } from './verify.ts';

/**
 * Runs the command line of `process.argv`, and ends the process.
 * @param more verbs of packages that stand on this one
 */
export const runProgram = async (more: readonly ((program: Command) => void)[] = []): Promise<never> => {
  const program = new Command('quadrille')
    .description('See everything, repeat anything, break nothing: the running system from the command line.')
    .usage('VERB [options]')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- lag                            who is behind, what is parked, what is stuck',
        'npm run ops -- trace ORDER                    what happened to an order, and what it waits for',
        'npm run ops -- verify                         do all services agree?',
        'npm run ops -- replay --to stock --order ORDER --dry-run',
      ])}
Without settings it looks at the stack that npm start runs in this folder; docs/settings.md says how to look at another.
Exit codes: 0 fine, 1 something found or failed, 2 a wrong command line or setting.`,
    );

  for (const add of [
    addLag,
    addTrace,
    addTail,
    addVerify,
    addScore,
    addReplay,
    addParked,
    addSkip,
    addUnpublishable,
    addReconcile,
    ...more,
    addAuditLog,
    addStop,
  ])
    add(program);

  // A reader that has seen enough (head) closes the pipe.
  process.stdout.on('error', () => process.exit(0));

  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what is wrong; help and version are no fault.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
  process.exit();
};
