import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import { listOperations, type Operation, readOperation } from '../audit-log.ts';
import { paint, plain, print, printJson, table } from './output.ts';
import { type ExitCode, examples, jsonOption, runVerb, whole } from './verb.ts';

type Options = { json?: boolean; limit: number; before?: number };

export const addAuditLog = (program: Command): void => {
  program
    .command('audit-log [id]')
    .alias('ledger')
    .description('What was done to the running system: who, why, and what came of it')
    .option('--limit <number>', 'how many, the latest first', whole(1), 20)
    .option('--before <id>', 'those before this one', whole(1))
    .option(...jsonOption)
    .addHelpText('after', examples(['npm run ops -- audit-log', 'npm run ops -- audit-log 12 --json']))
    .action((id: string | undefined, options: Options) =>
      runVerb(options, async (cluster, { limit, before }): Promise<ExitCode> => {
        const operations =
          id === undefined
            ? (await listOperations(cluster.auditLog, { limit, before })).items
            : [await theAct(cluster.auditLog, id)];
        if (options.json) printJson(id === undefined ? operations : operations[0]);
        else print(id === undefined ? describeOperations(operations) : operations.map(describeOperation).join('\n'));
        return 0;
      }),
    );
};

const theAct = async (auditLog: Parameters<typeof readOperation>[0], id: string): Promise<Operation> => {
  const operation = /^\d{1,15}$/.test(id) ? await readOperation(auditLog, Number(id)) : undefined;
  if (!operation) throw new UsageError(`The audit log has no operation ${id}: quadrille audit-log shows what it has.`);
  return operation;
};

export const describeOperations = (operations: readonly Operation[]): string =>
  operations.length === 0
    ? 'The audit log is empty.'
    : table([
        ['id', 'began', 'verb', 'status', 'who', 'why'],
        ...operations.map(({ id, startedAt, verb, status, who, why }) => [
          ...[String(id), startedAt.toISOString(), verb, status === 'done' ? status : paint('yellow', status)],
          ...[plain(who), plain(why)],
        ]),
      ]);

export const describeOperation = ({
  id,
  verb,
  who,
  why,
  status,
  startedAt,
  endedAt,
  what,
  outcome,
}: Operation): string =>
  [
    `${paint('bold', `${id} ${verb}`)}: ${plain(status)}`,
    `who      ${plain(who)}`,
    `why      ${plain(why)}`,
    `began    ${startedAt.toISOString()}`,
    `ended    ${endedAt?.toISOString() ?? '-'}`,
    `what     ${plain(JSON.stringify(what))}`,
    `outcome  ${plain(JSON.stringify(outcome))}`,
  ].join('\n');
