import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import { type Act, listActs, readAct } from '../ledger.ts';
import { paint, plain, print, printJson, table } from './output.ts';
import { type ExitCode, examples, jsonOption, runVerb, whole } from './verb.ts';

type Options = { json?: boolean; limit: number; before?: number };

export const addLedger = (program: Command): void => {
  program
    .command('ledger [id]')
    .description('What was done to the running system: who, why, and what came of it')
    .option('--limit <number>', 'how many, the latest first', whole(1), 20)
    .option('--before <id>', 'those before this one', whole(1))
    .option(...jsonOption)
    .addHelpText('after', examples(['npm run ops -- ledger', 'npm run ops -- ledger 12 --json']))
    .action((id: string | undefined, options: Options) =>
      runVerb(options, async (site, { limit, before }): Promise<ExitCode> => {
        const acts =
          id === undefined ? await listActs(site.ledger, { limit, before }) : [await theAct(site.ledger, id)];
        if (options.json) printJson(id === undefined ? acts : acts[0]);
        else print(id === undefined ? describeActs(acts) : acts.map(describeAct).join('\n'));
        return 0;
      }),
    );
};

const theAct = async (ledger: Parameters<typeof readAct>[0], id: string): Promise<Act> => {
  const act = /^\d{1,15}$/.test(id) ? await readAct(ledger, Number(id)) : undefined;
  if (!act) throw new UsageError(`The ledger has no act ${id}: quadrille ledger shows what it has.`);
  return act;
};

export const describeActs = (acts: readonly Act[]): string =>
  acts.length === 0
    ? 'The ledger is empty.'
    : table([
        ['id', 'began', 'verb', 'status', 'who', 'why'],
        ...acts.map(({ id, startedAt, verb, status, who, why }) => [
          ...[String(id), startedAt.toISOString(), verb, status === 'done' ? status : paint('yellow', status)],
          ...[plain(who), plain(why)],
        ]),
      ]);

export const describeAct = ({ id, verb, who, why, status, startedAt, endedAt, what, outcome }: Act): string =>
  [
    `${paint('bold', `${id} ${verb}`)}: ${plain(status)}`,
    `who      ${plain(who)}`,
    `why      ${plain(why)}`,
    `began    ${startedAt.toISOString()}`,
    `ended    ${endedAt?.toISOString() ?? '-'}`,
    `what     ${plain(JSON.stringify(what))}`,
    `outcome  ${plain(JSON.stringify(outcome))}`,
  ].join('\n');
