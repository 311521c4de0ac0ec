import { topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { runOperation } from '@quadrille/ops/audit-log';
import { bar, counted, print, printJson, showProgress } from '@quadrille/ops/cli/output';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb } from '@quadrille/ops/cli/verb';
import { oneOf } from '@quadrille/ops/did-you-mean';
import { duration } from '@quadrille/ops/moment';
import { StackError } from '@quadrille/process/errors';
import { readSettings } from '@quadrille/process/settings/read';
import { optional } from '@quadrille/process/settings/setting';
import { tree } from '@quadrille/process/settings/tree';
import type { Command } from 'commander';
import { rebuild } from './projection/rebuild.ts';

type Options = { json?: boolean; by?: string; why?: string };

const projections = ['console'] as const;

/** What no other verb needs. */
export const rebuildSettings = { databaseUrl: optional(tree.console.databaseUrl) };

export const addRebuild = (program: Command): void => {
  const command = program
    .command('rebuild <projection>')
    .description('Make a read model anew from the topics, beside the one in use, and swap them; there is one: console')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples(['npm run ops -- rebuild console --why "an order was shown with the wrong status"'])}
The console goes on meanwhile, and orders do not notice. What Kafka holds no more is kept from the old read model.
After Ctrl-C the old one stays in use; the next rebuild begins anew.`,
    );
  asOperation(command).action((text: string, options: Options) =>
    runVerb(options, async (cluster, { json }, signal): Promise<ExitCode> => {
      const projection = oneOf('projection', text, projections);
      const author = authorOf(options);
      const { databaseUrl: url } = readSettings(rebuildSettings);
      if (!url)
        throw new StackError('To rebuild it, set CONSOLE_DATABASE_URL to what the console gets as DATABASE_URL.');
      const pool = connect(url, 4);
      const progress = showProgress();
      try {
        const operation = { verb: 'rebuild', what: { projection }, lease: `rebuild ${projection}` };
        const rebuilt = await runOperation(cluster.auditLog, operation, author, (lost) =>
          rebuild({
            ...{
              pool,
              kafka: cluster.kafka,
              groupPrefix: cluster.groupPrefix,
              topics,
              signal: AbortSignal.any([signal, lost]),
            },
            onProgress: ({ phase, records, of }) => progress.update(() => `${words[phase]} ${bar(records, of)}`),
          }),
        );
        progress.clear();
        if (json) printJson({ ...rebuilt, ms: Math.round(rebuilt.ms) });
        else
          print(
            `The read model is new: ${counted(rebuilt.orders, 'order')} from ${counted(rebuilt.records, 'record')}, ${counted(rebuilt.kept, 'event')} kept from the old one, in ${duration(rebuilt.ms)}.`,
          );
        return 0;
      } finally {
        progress.clear();
        await pool.end();
      }
    }),
  );
};

const words = { reading: 'Reading ', keeping: 'Keeping ', swapping: 'Swapping' } as const;
