import type { Command } from 'commander';
import { type Lag, lag, type ServiceLag } from '../lag.ts';
import { hasGroup } from '../lag-problems.ts';
import { duration } from '../moment.ts';
import { paint, plain, print, printJson, table } from './output.ts';
import { type ExitCode, examples, jsonOption, patience, runVerb } from './verb.ts';

type Options = { json?: boolean; patience: number };

export const addLag = (program: Command): void => {
  program
    .command('lag')
    .description(
      'Who is behind: consumers, outboxes, relays, parked and skipped events, stuck orders; exit 1 when somebody has to look',
    )
    .addOption(patience('an order that has not moved for so long is stuck, an event that has not arrived is late'))
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['npm run ops -- lag', 'npm run ops -- lag --json | jq .stuck', 'watch npm run --silent ops -- lag']),
    )
    .action((options: Options) =>
      runVerb(options, async (cluster, { patience }): Promise<ExitCode> => {
        const found = await lag(cluster, patience);
        if (options.json) printJson(found);
        else print(describeLag(found));
        return found.problems.length === 0 ? 0 : 1;
      }),
    );
};

export const describeLag = ({ services, problems }: Lag): string => {
  const rows = services.map((service) => [
    service.service,
    membersOf(service),
    behind(service),
    outboxOf(service),
    service.relay ? 'leads' : paint('red', 'none'),
    parkedOf(service),
  ]);
  const found =
    problems.length === 0
      ? ['No order is stuck.']
      : problems.map(({ service, what }) => `${paint('red', (service ?? 'orders').padEnd(6))}  ${plain(what)}`);
  return [table([['service', 'instances', 'to process', 'to publish', 'relay', 'parked'], ...rows]), '', ...found].join(
    '\n',
  );
};

const membersOf = ({ consumer }: ServiceLag): string => {
  if (!hasGroup(consumer)) return 'subscribes to nothing';
  const { members, foreign, state } = consumer;
  const ours = members === 0 ? paint('red', 'none') : `${members}${state === 'Stable' ? '' : ` (${state})`}`;
  return foreign.length === 0 ? ours : `${ours}; ${paint('red', `${foreign.length} foreign`)}`;
};

const behind = ({ consumer: { records, topics }, unreceived: { skipped } }: ServiceLag): string => {
  const some = topics.filter((topic) => topic.records > 0).map((topic) => `${topic.topic} ${topic.records}`);
  const left = some.length === 0 ? '0' : `${records} (${some.join(', ')})`;
  return skipped === 0 ? left : `${left}; ${paint('red', `${skipped} skipped`)}`;
};

const outboxOf = ({ outbox: { events, oldestMs, refused } }: ServiceLag): string => {
  const waiting = events === 0 ? '0' : `${events}, oldest ${duration(oldestMs ?? 0)}`;
  return refused === 0 ? waiting : `${waiting}; ${paint('red', `${refused} refused by Kafka`)}`;
};

const parkedOf = ({ parked: { failed, waiting, oldestMs } }: ServiceLag): string =>
  failed + waiting === 0 ? '0' : paint('red', `${failed}, ${waiting} behind them, oldest ${duration(oldestMs ?? 0)}`);
