import { UsageError } from '@quadrille/process/errors';
import { services } from '@quadrille/services';
import type { Command } from 'commander';
import type { Cluster } from '../cluster.ts';
import { oneOf } from '../did-you-mean.ts';
import { isChoice, limits } from '../limits.ts';
import { parseMoment } from '../moment.ts';
import { findOrder } from '../order-id.ts';
import { findReason } from '../reason.ts';
import type { ReplayResult } from '../replay/effect.ts';
import type { Redelivered } from '../replay/redeliver.ts';
import { dryRunReplay, type Replayed, replay, resumeReplay } from '../replay/replay.ts';
import type { Selection } from '../replay/selection.ts';
import { readClock } from '../select.ts';
import { counted, paint, plain, print, printJsonLine, showProgress } from './output.ts';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb, several, whole } from './verb.ts';

type Options = {
  json?: boolean;
  to?: string;
  order?: string[];
  user?: number;
  type?: string[];
  reason?: string;
  from?: string;
  toTime?: string;
  topic?: string;
  partition?: number;
  offset?: string;
  all?: boolean;
  dryRun?: boolean;
  resume?: number;
  rate: number;
  stopAfter: number;
  by?: string;
  why?: string;
};

export const addReplay = (program: Command): void => {
  const command = program
    .command('replay')
    .description('Deliver original events to one service once more; nobody else sees them')
    .option('--to <service>', 'the service that gets them')
    .option('--order <id>', 'those of these orders', several)
    .option('--user <id>', "those of one user's orders", whole(1))
    .option('--type <type>', 'those of these types', several)
    .option('--reason <code>', 'those of orders that ended for this reason, such as insufficient-stock')
    .option('--from <time>', 'those made at or after this time: 2026-01-31T12:00Z, or 15m for so long ago')
    .option('--to-time <time>', 'those made at or before this time')
    .option('--topic <topic>', 'from Kafka in place of the outboxes, which keep events for some days only')
    .option('--partition <number>', 'of that topic', whole(0))
    .option('--offset <offset>', 'of that partition: from there on, or 100-200')
    .option('--all', 'no choice: every event that the service subscribes to')
    .option('--dry-run', 'show what each event would do; writes nothing')
    .option('--rate <number>', 'events in a second, at most', whole(1), limits.replay.rate)
    .option(
      '--stop-after <number>',
      'stop by itself after so many events that cannot be applied',
      whole(1),
      limits.replay.stopAfter,
    )
    .option('--resume <id>', 'go on with a replay of the audit log that was stopped', whole(1))
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- replay --to stock --order 0198c0de-0000-7000-8000-000000000000 --dry-run',
        'npm run ops -- replay --to coupon --from 2h --why "inbox restored from a backup"',
        'npm run ops -- replay --to order --topic stock-events --partition 3 --offset 1200-1300 --why "..."',
        'npm run ops -- replay --resume 12 --why "disk is free again"',
      ])}
An event that the service has processed before is already applied: nothing happens. Ctrl-C stops between two batches.
Exit code 1: it stopped by itself, or (dry run) there are events that cannot be applied.`,
    );
  asOperation(command).action((options: Options) => runVerb(options, run));
};

const run = async (cluster: Cluster, options: Options, signal: AbortSignal): Promise<ExitCode> => {
  const { dryRun = false, rate, stopAfter, json = false } = options;
  const progress = showProgress();
  const watching = {
    signal,
    onResult: (result: ReplayResult) => {
      if (!dryRun && result.effect === 'already-applied') return;
      progress.clear();
      if (json) printJsonLine(result);
      else print(describeResult(result, dryRun));
    },
    onProgress: ({ events }: Redelivered) => progress.update(() => counted(events, 'event')),
  };
  const report = async (): Promise<Redelivered | Replayed> => {
    if (options.resume !== undefined)
      return resumeReplay(cluster, options.resume, authorOf(options), { ...watching, rate, stopAfter });
    const selection = await toSelection(cluster, options);
    if (dryRun) return dryRunReplay(cluster, selection, watching);
    return replay(cluster, selection, authorOf(options), { ...watching, rate, stopAfter });
  };
  const done = await report();
  progress.clear();
  if (json) printJsonLine({ summary: done });
  else print(describeReplay(done, dryRun));
  return done.stopped !== null || (dryRun && done.effects.parks > 0) ? 1 : 0;
};

const toSelection = async (cluster: Cluster, options: Options): Promise<Selection> => {
  const { to, order, user, type, reason, from, toTime, topic, partition, offset, all } = options;
  if (to === undefined) throw new UsageError(`--to says who gets the events: ${services.join(', ')}.`);
  if (!all && !isChoice(order, user, type, reason, from, toTime, topic))
    throw new UsageError(
      'Choose events, by --order, --user, --type, --reason, --from, --to-time or --topic, or say --all.',
    );
  const [, firstOffset, lastOffset] = /^(\d+)(?:-(\d+))?$/.exec(offset ?? '') ?? [];
  if (offset !== undefined && firstOffset === undefined)
    throw new UsageError(`--offset ${offset} cannot be understood: write 1200, or 1200-1300.`);
  const now = await readClock(cluster.read.order);
  const orderIds: string[] = [];
  for (const text of order ?? []) orderIds.push(await findOrder(cluster, text));
  return {
    to: oneOf('service', to, services),
    ...{ userId: user, types: type, topic, partition, firstOffset, lastOffset },
    reason: reason === undefined ? undefined : await findReason(cluster, reason),
    orderIds: order && orderIds,
    from: from === undefined ? undefined : parseMoment(from, now).toISOString(),
    until: toTime === undefined ? undefined : parseMoment(toTime, now).toISOString(),
  };
};

const words = {
  'already-applied': ['already applied', 'already applied'],
  'already-parked': ['is parked', 'is parked'],
  applies: ['would apply', 'applied'],
  refuses: ['would refuse', 'refused'],
  parks: ['would fail and be parked', 'failed and is parked'],
  queues: ['would wait behind a parked one', 'waits behind a parked one'],
} as const;

const colours = { applies: 'green', refuses: 'yellow', parks: 'red', queues: 'red' } as const;

export const describeResult = (
  { effect, emits, because, status, type, orderId, id }: ReplayResult,
  predicted: boolean,
): string => {
  const word = words[effect][predicted ? 0 : 1];
  const colour = effect in colours ? colours[effect as keyof typeof colours] : 'dim';
  const why = because ? ` because ${plain(because)}` : '';
  const says = emits.length > 0 ? `, ${predicted ? 'emitting' : 'emitted'} ${plain(emits.join(', '))}` : '';
  const changes = effect === 'applies' && says === '' ? ', saying nothing' : '';
  const left = status ? ` (${plain(status)})` : '';
  return `${plain(`${orderId}  ${type.padEnd(17)}  ${id}`)}  ${paint(colour, word)}${why}${says}${changes}${left}`;
};

export const describeReplay = (done: Redelivered | Replayed, predicted: boolean): string => {
  const parts = Object.entries(done.effects)
    .filter(([, count]) => count > 0)
    .map(([effect, count]) => `${count} ${words[effect as keyof typeof words][predicted ? 0 : 1]}`);
  const none = 'No event fits. The outboxes keep events for some days; --topic reads Kafka.';
  const summary = done.events === 0 ? none : `${counted(done.events, 'event')}: ${parts.join(', ')}.`;
  const operation = 'operation' in done ? ` Audit log: ${done.operation}.` : '';
  const resume = 'operation' in done ? ` Go on with: quadrille replay --resume ${done.operation}` : '';
  const stopped = done.stopped === null ? '' : `\n${paint('red', 'Stopped')}: ${plain(done.stopped)}.${resume}`;
  return `${summary}${operation}${stopped}`;
};
