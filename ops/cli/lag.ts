import { skipCommand } from '@quadrille/participant/halt';
import type { Command } from 'commander';
import { type Lag, lag, type ServiceLag } from '../lag.ts';
import { duration } from '../moment.ts';
import { counted, paint, plain, print, printJson, table } from './output.ts';
import { type ExitCode, examples, jsonOption, patience, runVerb } from './verb.ts';

type Options = { json?: boolean; patience: number };

export const addLag = (program: Command): void => {
  program
    .command('lag')
    .description(
      'Who is behind: consumers, outboxes, relays, parked events, stuck orders; exit 1 when somebody has to look',
    )
    .addOption(patience('an order that has not moved for so long is stuck'))
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['npm run ops -- lag', 'npm run ops -- lag --json | jq .stuck', 'watch npm run --silent ops -- lag']),
    )
    .action((options: Options) =>
      runVerb(options, async (site, { patience }): Promise<ExitCode> => {
        const found = await lag(site, patience);
        if (options.json) printJson(found);
        else print(describeLag(found));
        return isWell(found) ? 0 : 1;
      }),
    );
};

/** Nothing that time alone would not heal. */
export const isWell = ({ services, stuck }: Lag): boolean =>
  stuck.orders === 0 &&
  services.every(
    ({ consumer, outbox, relay, parked, halts }) =>
      halts.length === 0 &&
      consumer.members > 0 &&
      relay !== null &&
      outbox.refused === 0 &&
      parked.failed + parked.waiting === 0,
  );

export const describeLag = ({ services, stuck }: Lag): string => {
  const rows = services.map((service) => [
    service.service,
    membersOf(service),
    behind(service),
    outboxOf(service),
    service.relay ? 'leads' : paint('red', 'none'),
    parkedOf(service),
  ]);
  const orders =
    stuck.orders === 0
      ? 'No order is stuck.'
      : `${paint('red', counted(stuck.orders, 'stuck order'))}, the oldest since ${duration(stuck.oldestMs ?? 0)}: trace ${stuck.oldest}`;
  const halts = services.flatMap(({ service, halts }) => halts.map((halt) => haltOf(service, halt)));
  return `${table([['service', 'instances', 'to take in', 'to publish', 'relay', 'parked'], ...rows])}\n\n${[...halts, orders].join('\n')}`;
};

const haltOf = (service: string, halt: ServiceLag['halts'][number]): string =>
  `${paint('red', `${service} has stopped`)} at ${halt.topic}/${halt.partition}, offset ${halt.fromOffset}, since ${halt.since.toISOString()}: too few events can be applied, ${plain(halt.cause).slice(0, 200)}. Mend the cause and start ${service} again, or: ${skipCommand(service, halt)}`;

const membersOf = ({ consumer: { members, state } }: ServiceLag): string =>
  members === 0 ? paint('red', 'none') : `${members}${state === 'Stable' ? '' : ` (${state})`}`;

const behind = ({ consumer: { records, topics } }: ServiceLag): string => {
  const some = topics.filter((topic) => topic.records > 0).map((topic) => `${topic.topic} ${topic.records}`);
  return some.length === 0 ? '0' : `${records} (${some.join(', ')})`;
};

const outboxOf = ({ outbox: { events, oldestMs, refused } }: ServiceLag): string => {
  const waiting = events === 0 ? '0' : `${events}, oldest ${duration(oldestMs ?? 0)}`;
  return refused === 0 ? waiting : `${waiting}; ${paint('red', `${refused} refused by Kafka`)}`;
};

const parkedOf = ({ parked: { failed, waiting, oldestMs } }: ServiceLag): string =>
  failed + waiting === 0 ? '0' : paint('red', `${failed}, ${waiting} behind them, oldest ${duration(oldestMs ?? 0)}`);
