import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import {
  discardUnpublishable,
  findUnpublishable,
  listUnpublishable,
  type Refused,
  retryUnpublishable,
  type UnpublishableFilter,
} from '../unpublishable.ts';
import { counted, paint, plain, print, printJson, table } from './output.ts';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb, toNumber, toService } from './verb.ts';

type Options = { json?: boolean; all?: boolean; by?: string; why?: string };
type Choice = Options & { service?: string; topic?: string; cause?: string; dryRun?: boolean };

export const addUnpublishable = (program: Command): void => {
  const refused = program
    .command('unpublishable')
    .alias('refused')
    .description('Events that Kafka refuses to take from the relay, and those that wait behind them')
    .usage('list|retry|discard [options]')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- unpublishable list',
        'npm run ops -- unpublishable retry order 12 --why "max.message.bytes is 2 MB now"',
        'npm run ops -- unpublishable retry --cause MESSAGE_TOO_LARGE --dry-run',
        'npm run ops -- unpublishable discard order 12 --why "nobody needs it any more"',
      ]),
    );

  refused
    .command('list')
    .description('What Kafka refuses, and what waits behind it')
    .addHelpText('after', examples(['npm run ops -- unpublishable list --all']))
    .option('--all', 'also what was published or discarded since')
    .option(...jsonOption)
    .action((options: Options) =>
      runVerb(options, async (cluster, { all = false, json }): Promise<ExitCode> => {
        const found = await listUnpublishable(cluster, all);
        if (json) printJson(found);
        else if (found.length === 0) print('Kafka refuses nothing.');
        else print(tableOf(found));
        return 0;
      }),
    );

  asOperation(
    refused
      .command('retry [service] [number]')
      .alias('release')
      .description('Have the relay publish it again, and then what waits behind it: one event, or all that fit')
      .option('--service <name>', 'those of one service')
      .option('--topic <topic>', 'those for one topic')
      .option('--cause <text>', 'those with this in their cause')
      .option('--all', 'no choice: all of them')
      .option('--dry-run', 'tell which ones; changes nothing')
      .addHelpText(
        'after',
        examples([
          'npm run ops -- unpublishable retry order 12 --why "..."',
          'npm run ops -- unpublishable retry --topic order-events --dry-run',
          'npm run ops -- unpublishable retry --all --why "the broker takes 2 MB now"',
        ]),
      )
      .option(...jsonOption),
  ).action((service: string | undefined, number: string | undefined, options: Choice) =>
    runVerb(options, async (cluster): Promise<ExitCode> => {
      const filter = toFilter(service, number, options);
      if (options.dryRun) {
        const found = await findUnpublishable(cluster, filter);
        if (options.json) printJson(found);
        else
          print(
            found.length === 0 ? nothingFits : `${tableOf(found)}\n${counted(found.length, 'event')} would be retried.`,
          );
        return 0;
      }
      const done = await retryUnpublishable(cluster, filter, authorOf(options));
      if (options.json) printJson(done);
      else
        print(
          done.released === 0
            ? nothingFits
            : `${counted(done.released, 'event')} retried: the relay publishes them in a moment.`,
        );
      return 0;
    }),
  );

  asOperation(
    refused
      .command('discard <service> <number>')
      .description('Give it up: it is never published; what waits behind it is')
      .addHelpText('after', examples(['npm run ops -- unpublishable discard order 12 --why "..."']))
      .option(...jsonOption),
  ).action((service: string, number: string, options: Options) =>
    runVerb(options, async (cluster): Promise<ExitCode> => {
      const done = await discardUnpublishable(
        cluster,
        { service: toService(service), seq: toNumber(number) },
        authorOf(options),
      );
      if (options.json) printJson(done);
      else print('Discarded.');
      return 0;
    }),
  );
};

const nothingFits = 'Kafka refuses nothing that fits.';

/** Nobody should set everything going by leaving something out. */
const toFilter = (service: string | undefined, number: string | undefined, choice: Choice): UnpublishableFilter => {
  if (service !== undefined) return { service: toService(service), seq: toNumber(number) };
  if (!choice.all && [choice.service, choice.topic, choice.cause].every((each) => each === undefined))
    throw new UsageError(
      'Choose events: one by service and number, some by --service, --topic or --cause, or say --all.',
    );
  const { topic, cause } = choice;
  return { service: choice.service === undefined ? undefined : toService(choice.service), topic, cause };
};

const tableOf = (found: readonly Refused[]): string =>
  table([
    ['service', 'number', 'order', 'topic', 'status', 'attempts', 'since', 'cause'],
    ...found.map(({ service, seq, correlationId, topic, status, attempts, parkedAt, cause }) => [
      ...[service, String(seq), correlationId, plain(topic), status === 'refused' ? paint('red', status) : status],
      ...[String(attempts), parkedAt.toISOString(), plain(cause ?? '')],
    ]),
  ]);
