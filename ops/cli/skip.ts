import { UsageError } from '@quadrille/process/errors';
import type { Command } from 'commander';
import type { Cluster } from '../cluster.ts';
import {
  listSkipped,
  previewSkip,
  type SkipChoice,
  type SkipDone,
  type SkipPreview,
  type SkippedView,
  skip,
} from '../skip.ts';
import { counted, plain, print, printJson, printJsonLine, table } from './output.ts';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb, toService, whole } from './verb.ts';

type Options = {
  json?: boolean;
  service?: string;
  topic?: string;
  partition?: number;
  from?: number;
  to?: number;
  dryRun?: boolean;
  by?: string;
  why?: string;
};

export const addSkip = (program: Command): void => {
  const command = program
    .command('skip')
    .description('Have a service pass over records that it cannot apply; they are counted, and can be replayed')
    .usage('[list] [options]')
    .helpCommand(false)
    .option('--service <name>', 'the service that passes over them; the others do not')
    .option('--topic <topic>', 'the topic they are in')
    .option('--partition <number>', 'the partition of that topic', whole(0))
    .option('--from <offset>', 'the first of them', whole(0))
    .option('--to <offset>', 'the last of them', whole(0))
    .option('--dry-run', 'say what is there; writes nothing')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- skip --service stock --topic order-events --partition 3 --from 120 --to 179 --dry-run',
        'npm run ops -- skip --service stock --topic order-events --partition 3 --from 120 --to 179 --why "a bad release"',
        'npm run ops -- skip list',
      ])}
A service that has stopped on too many bad events says in its log, and lag says, what to skip. It goes on by itself within seconds.`,
    );
  asOperation(command).action((options: Options) => runVerb(options, run));
  command
    .command('list')
    .description('What services keep by its place only: skipped, or more unrecognized records than are parked')
    .option(...jsonOption)
    .addHelpText('after', examples(['npm run ops -- skip list']))
    // Commander takes the option for the one of `skip`.
    .action((_: unknown, command: Command) => runVerb(command.optsWithGlobals<{ json?: boolean }>(), list));
};

const run = async (cluster: Cluster, options: Options, signal: AbortSignal): Promise<ExitCode> => {
  const choice = toChoice(options);
  const found = options.dryRun
    ? await previewSkip(cluster, choice, signal)
    : await skip(cluster, choice, authorOf(options), signal);
  if (options.json) printJson(found);
  else print(describeSkip(choice, found));
  return 0;
};

const toChoice = ({ service, topic, partition, from, to }: Options): SkipChoice => {
  if (service === undefined || topic === undefined || partition === undefined || from === undefined || to === undefined)
    throw new UsageError(
      'Name the records, by --service, --topic, --partition, --from and --to: npm run ops -- lag says where a service stands.',
    );
  return { service: toService(service), topic, partition, from, to };
};

/** So many orders are named; the others are counted. */
const named = 10;

const describeSkip = (choice: SkipChoice, found: SkipPreview | SkipDone): string => {
  const { service, topic, partition, from, to } = choice;
  const { records, kinds, types, taken, orders } = found;
  const place = `${topic}/${partition} ${from} to ${to}`;
  const events = Object.entries(types).map(([type, count]) => `${count} ${type}`);
  const others = orders.length > named ? ` and ${orders.length - named} more` : '';
  const replay = `npm run ops -- replay --to ${service} --topic ${topic} --partition ${partition} --offset ${from}-${to} --dry-run`;
  const lines = [
    `${place}: ${counted(records, 'record')}`,
    `  ${kinds.broken} that ${service} cannot read, though they claim to be events that it subscribes to`,
    `  ${kinds.event} events that it can read${events.length > 0 ? `: ${events.join(', ')}` : ''}`,
    ...(taken > 0 ? [`    ${taken} of them it has processed before: they stay as they are`] : []),
    ...(orders.length > 0
      ? [`    the others are of ${counted(orders.length, 'order')}: ${orders.slice(0, named).join(', ')}${others}`]
      : []),
    `  ${kinds.unrecognized} unrecognized, ${kinds['not subscribed']} of types that it does not subscribe to`,
  ];
  if ('range' in found)
    lines.push(
      `${service} passes over them from its next try on, within 10 s. What it can read takes effect after all by: ${replay}`,
    );
  else lines.push(`Without --dry-run, and with --why "...", ${service} passes over all of them. They can be replayed.`);
  return lines.join('\n');
};

const words = {
  skipped: 'skipped by',
  unrecognized: 'unrecognized, more than are parked',
  unparkable: 'not to be written into parked',
} as const;

const list = async (cluster: Cluster, { json = false }: { json?: boolean }): Promise<ExitCode> => {
  const ranges = await listSkipped(cluster);
  if (json) for (const range of ranges) printJsonLine(range);
  else if (ranges.length === 0) print('Nothing is skipped.');
  else print(table([['service', 'place', 'records', 'since', 'why'], ...ranges.map(rowOf)]));
  return 0;
};

const rowOf = ({ service, topic, partition, fromOffset, toOffset, ...range }: SkippedView): string[] => {
  const { kind, records, passedTo, createdAt, decidedBy, why, cause } = range;
  const left = kind === 'skipped' && (passedTo === null || passedTo < toOffset) ? ', not yet passed' : '';
  const reason = kind === 'skipped' ? `${words[kind]} ${decidedBy}: ${why}` : `${words[kind]}: ${cause}`;
  const place = `${topic}/${partition} ${fromOffset}-${toOffset}`;
  return [service, place, `${records}${left}`, createdAt.toISOString(), plain(reason).slice(0, 160)];
};
