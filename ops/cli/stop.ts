import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import { askToStop, readAct } from '../ledger.ts';
import { print, printJson } from './output.ts';
import { asAct, authorOf, type ExitCode, examples, jsonOption, runVerb } from './verb.ts';

type Options = { json?: boolean; by?: string; why?: string };

export const addStop = (program: Command): void => {
  const command = program
    .command('stop <id>')
    .description('Stop an operation of the ledger that runs, here, in the console or on another machine')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples(['npm run ops -- stop 12 --why "it is the wrong service"'])}
It stops between two batches, within seconds; what it has done stays done. A replay can be resumed: quadrille replay --resume ID.`,
    );
  asAct(command).action((text: string, options: Options) =>
    runVerb(options, async (site): Promise<ExitCode> => {
      const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
      const author = authorOf(options);
      if (!(await askToStop(site.ledger, id, author))) {
        const act = await readAct(site.ledger, id);
        throw new UsageError(
          act
            ? `${act.verb} ${id} does not run: it is ${act.status}.`
            : `The ledger has no act ${text}: quadrille ledger shows what it has.`,
        );
      }
      if (options.json) printJson({ stopping: id });
      else print(`Asked to stop. quadrille ledger ${id} says when it has.`);
      return 0;
    }),
  );
};
