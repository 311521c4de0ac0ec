import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import { readOperation, requestStop } from '../audit-log.ts';
import { print, printJson } from './output.ts';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb } from './verb.ts';

type Options = { json?: boolean; by?: string; why?: string };

export const addStop = (program: Command): void => {
  const command = program
    .command('stop <id>')
    .description('Stop an operation of the audit log that runs, here, in the console or on another machine')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples(['npm run ops -- stop 12 --why "it is the wrong service"'])}
It stops between two batches, within seconds; what it has done stays done. A replay can be resumed: quadrille replay --resume ID.`,
    );
  asOperation(command).action((text: string, options: Options) =>
    runVerb(options, async (cluster): Promise<ExitCode> => {
      const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
      const author = authorOf(options);
      if (!(await requestStop(cluster.auditLog, id, author))) {
        const operation = await readOperation(cluster.auditLog, id);
        throw new UsageError(
          operation
            ? `${operation.verb} ${id} does not run: it is ${operation.status}.`
            : `The audit log has no operation ${text}: quadrille audit-log shows what it has.`,
        );
      }
      if (options.json) printJson({ stopping: id });
      else print(`Asked to stop. quadrille audit-log ${id} says when it has.`);
      return 0;
    }),
  );
};
