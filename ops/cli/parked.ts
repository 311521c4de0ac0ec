import { readFileSync } from 'node:fs';
import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import type { Cluster } from '../cluster.ts';
import { isChoice, limits } from '../limits.ts';
import { findOrder } from '../order-id.ts';
import { listParked, type ParkedDetail, type ParkedFilter, showParked } from '../parked.ts';
import {
  discardParked,
  dryRunDiscard,
  dryRunRetry,
  editParked,
  type Operated,
  type QueueResult,
  retryParked,
} from '../parked-operations.ts';
import { counted, paint, plain, print, printJson, printJsonLine, table } from './output.ts';
import {
  asOperation,
  authorOf,
  type ExitCode,
  examples,
  jsonOption,
  runVerb,
  toNumber,
  toService,
  whole,
} from './verb.ts';

type Choice = { json?: boolean; service?: string; order?: string; type?: string; cause?: string; all?: boolean };
type Operation = Choice & { by?: string; why?: string; rate: number; stopAfter: number; dryRun?: boolean };
type Edit = Pick<Operation, 'json' | 'by' | 'why'> & { payload?: string; key?: string; header?: string[] };

export const addParked = (program: Command): void => {
  const parked = program
    .command('parked')
    .description('Events that a service could not apply, and those that are blocked behind them')
    .usage('list|show|retry|discard|edit [options]')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- parked list --service stock',
        'npm run ops -- parked show stock 7',
        'npm run ops -- parked retry --cause "wrong shape" --dry-run',
        'npm run ops -- parked retry --service stock --why "fixed in release 1.4.2"',
        'npm run ops -- parked edit stock 7 --payload @fixed.json --why "count was a string"',
        'npm run ops -- parked discard stock 7 --why "a test record, no order of ours"',
      ]),
    );

  choosing(
    parked
      .command('list')
      .description('What is parked, the oldest first')
      .addHelpText('after', examples(['npm run ops -- parked list --cause "wrong shape"'])),
  ).action((options: Choice) =>
    runVerb(options, async (cluster): Promise<ExitCode> => {
      const rows: string[][] = [];
      for await (const event of listParked(cluster, await toFilter(cluster, options))) {
        if (options.json) printJsonLine(event);
        const { service, seq, type, orderId, attempts, parkedAt, cause } = event;
        const tries = attempts === 0 ? 'blocked' : String(attempts);
        rows.push([service, String(seq), type ?? '?', orderId, tries, parkedAt, plain(cause).slice(0, 120)]);
      }
      if (options.json) return 0;
      print(
        rows.length === 0
          ? 'Nothing is parked.'
          : table([['service', 'number', 'type', 'order', 'attempts', 'parked', 'cause'], ...rows]),
      );
      return 0;
    }),
  );

  parked
    .command('show <service> <number>')
    .description('All that is known of a parked event')
    .addHelpText('after', examples(['npm run ops -- parked show stock 7']))
    .option(...jsonOption)
    .action((service: string, number: string, options: { json?: boolean }) =>
      runVerb(options, async (cluster): Promise<ExitCode> => {
        const found = await showParked(cluster, toService(service), toNumber(number));
        if (options.json) printJson(found);
        else print(describeParked(found));
        return 0;
      }),
    );

  const retry = choosing(
    parked.command('retry').alias('release').description('Apply what is parked, order by order, in its order'),
  );
  limited(retry)
    .option('--dry-run', 'show how far each order would come; writes nothing')
    .addHelpText(
      'after',
      examples([
        'npm run ops -- parked retry --service stock --dry-run',
        'npm run ops -- parked retry --order 0198c0de-0000-7000-8000-000000000000 --why "mended by edit"',
        'npm run ops -- parked retry --all --why "fixed in release 1.4.2"',
      ]),
    )
    .action((options: Operation) =>
      runVerb(options, async (cluster, _, signal): Promise<ExitCode> => {
        const filter = await toFilter(cluster, options);
        const runLimits = { rate: options.rate, stopAfter: options.stopAfter, signal, onResult: tell(options) };
        if (options.dryRun) return sum(await dryRunRetry(cluster, filter, runLimits), options);
        demandChoice(options);
        return sum(await retryParked(cluster, filter, authorOf(options), runLimits), options);
      }),
    );

  const discard = choosing(
    parked
      .command('discard [service] [number]')
      .description(
        'Give up parked events, exactly those that parked list shows for the same choice; nothing is applied',
      ),
  );
  discard.addHelpText(
    'after',
    examples([
      'npm run ops -- parked discard stock 7 --why "a test record, no order of ours"',
      'npm run ops -- parked discard --service stock --dry-run',
      'npm run ops -- parked discard --cause "ce_specversion is missing" --why "another team\'s records"',
    ]),
  );
  discard.option('--dry-run', 'say what would be discarded, and what would stay; writes nothing');
  limited(discard).action((service: string | undefined, number: string | undefined, options: Operation) =>
    runVerb(options, async (cluster, _, signal): Promise<ExitCode> => {
      const one = service === undefined ? {} : { service: toService(service), seq: toNumber(number) };
      if (service === undefined && !options.dryRun) demandChoice(options);
      const filter = { ...(await toFilter(cluster, options)), ...one };
      const runLimits = { rate: options.rate, stopAfter: options.stopAfter, signal, onResult: tell(options) };
      const acted = options.dryRun
        ? await dryRunDiscard(cluster, filter, runLimits)
        : await discardParked(cluster, filter, authorOf(options), runLimits);
      return sum(acted, options);
    }),
  );

  const edit = parked
    .command('edit <service> <number>')
    .description('Change a parked event before it is retried; what it was is kept')
    .option('--payload <json>', 'what it says; @FILE reads a file')
    .option('--key <order>', 'the order it is about')
    .option('--header <name=value>', 'sets a header; without =value it is taken away', (text, all: string[] = []) => [
      ...all,
      text,
    ])
    .addHelpText(
      'after',
      examples([
        'npm run ops -- parked edit stock 7 --payload @fixed.json --why "count was a string"',
        'npm run ops -- parked edit stock 7 --header ce_specversion=1.0 --why "the producer left it out"',
      ]),
    )
    .option(...jsonOption);
  asOperation(edit).action((service: string, number: string, options: Edit) =>
    runVerb(options, async (cluster): Promise<ExitCode> => {
      const place = { service: toService(service), seq: toNumber(number) };
      const change = { payload: readPayload(options.payload), key: options.key, headers: toHeaders(options.header) };
      const edited = await editParked(cluster, place, change, authorOf(options));
      if (options.json) printJson(edited);
      else
        print(`${describeParked(edited)}\n\nEdited. Retry it with: quadrille parked retry --order ${edited.orderId}`);
      return 0;
    }),
  );
};

const choosing = (command: Command): Command =>
  command
    .option('--service <name>', 'those of one service')
    .option('--order <id>', 'those of one order')
    .option('--type <type>', 'those of one type')
    .option('--cause <text>', 'those with this in their cause')
    .option(...jsonOption);

const limited = (command: Command): Command =>
  asOperation(
    command
      .option('--all', 'no choice: all of them')
      .option('--rate <number>', 'orders in a second, at most', whole(1), limits.parked.rate)
      .option(
        '--stop-after <number>',
        'stop by itself after so many orders that stay stuck',
        whole(1),
        limits.parked.stopAfter,
      ),
  );

const demandChoice = ({ service, order, type, cause, all }: Choice): void => {
  if (!all && !isChoice(service, order, type, cause))
    throw new UsageError('Choose events, by --service, --order, --type or --cause, or say --all.');
};

const toFilter = async (cluster: Cluster, { service, order, type, cause }: Choice): Promise<ParkedFilter> => ({
  service: service === undefined ? undefined : toService(service),
  // What cannot be read may be parked under an id that is no order's.
  orderId: order === undefined || (await isParkedUnder(cluster, order)) ? order : await findOrder(cluster, order),
  type,
  cause,
});

const isParkedUnder = async (cluster: Cluster, orderId: string): Promise<boolean> => {
  for await (const _ of listParked(cluster, { orderId })) return true;
  return false;
};

const readPayload = (text: string | undefined): string | undefined => {
  if (!text?.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8').trimEnd();
  } catch {
    throw new UsageError(`${text.slice(1)} cannot be read: --payload @FILE names a file with the new payload.`);
  }
};

const toHeaders = (texts: readonly string[] | undefined): Record<string, string | null> | undefined =>
  texts &&
  Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );

const tell =
  ({ json, dryRun }: Operation) =>
  (result: QueueResult): void => {
    if (json) {
      printJsonLine(result);
      return;
    }
    const { service, orderId, discarded, released, stuck, left } = result;
    const done = [
      ...(discarded > 0 ? [`${discarded} ${dryRun ? 'would be ' : ''}discarded`] : []),
      ...(left > 0 ? [`${left} behind ${dryRun ? 'would stay' : 'stay'} parked`] : []),
      ...(released > 0 || discarded + left === 0 ? [`${released} ${retriedWord(dryRun)}`] : []),
      ...(stuck ? [`${paint('red', `then ${stuck.seq} fails`)}: ${plain(stuck.cause)}`] : []),
    ];
    print(`${service.padEnd(6)}  ${plain(orderId)}  ${done.join(', ')}`);
  };

const retriedWord = (dryRun = false): string => (dryRun ? 'would be retried' : 'retried');

const sum = (acted: Operated, { json, dryRun }: Operation): ExitCode => {
  const { orders, stuck, left, stopped } = acted;
  if (json) printJsonLine({ summary: acted });
  else {
    print(orders === 0 ? 'Nothing that is parked fits.' : summaryOf(acted, dryRun));
    if (left > 0 && !dryRun)
      print(
        'What was blocked behind them is not applied yet: quadrille parked list, then quadrille parked retry --order ORDER',
      );
    if (stopped) print(`${paint('red', 'Stopped')}: ${plain(stopped)}`);
  }
  return stuck > 0 || stopped !== null ? 1 : 0;
};

const summaryOf = ({ released, stuck, discarded, left }: Operated, dryRun = false): string =>
  discarded > 0
    ? `${discarded} ${dryRun ? 'would be discarded' : 'discarded'}, ${left} behind them ${dryRun ? 'would stay' : 'stay'} parked.`
    : `${released} ${retriedWord(dryRun)}, ${counted(stuck, 'order')} ${dryRun ? 'would stay stuck' : 'stuck'}.`;

export const describeParked = (event: ParkedDetail): string =>
  [
    `${paint('bold', `${event.service} ${event.seq}`)}  ${plain(`${event.type ?? 'of no known type'}, order ${event.orderId}`)}`,
    `from      ${plain(`${event.topic}/${event.partition}@${event.offset}, event ${event.eventId}`)}`,
    `parked    ${plain(event.parkedAt)}, ${event.attempts === 0 ? 'waiting behind another' : counted(event.attempts, 'attempt')}, ${event.behind} behind it`,
    `cause     ${plain(event.cause)}`,
    `key       ${plain(event.key ?? 'none')}`,
    ...Object.entries(event.headers).map(([name, value]) => `header    ${plain(`${name}: ${value}`)}`),
    `payload   ${plain(event.payload ?? 'none')}`,
    ...event.history.map(
      ({ action, by, why, at }) => `history   ${plain(at)} ${action} by ${plain(by)}: ${plain(why)}`,
    ),
  ].join('\n');
