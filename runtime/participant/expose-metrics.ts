import type { Pool } from '@quadrille/db/connect';
import { countParked } from '@quadrille/db/parked';
import { connectionsOf } from '@quadrille/db/pool-use';
import { countedBy, measure } from '@quadrille/process/metrics';
import { within } from '@quadrille/process/within';
import type { RunningParticipant } from './participant.ts';
import type { ParticipantMetrics } from './tally.ts';

/** Shows on `/metrics` what a participant has counted and how it is; read when it is asked for, so counting costs nothing more. */
export const exposeMetrics = (
  service: Pick<RunningParticipant<unknown>, 'metrics' | 'isJoined' | 'isHalted'>,
  pool: Pool,
): void => {
  // Of all instances and of all times; while the database is away there is no value.
  measure(
    {
      name: 'quadrille_participant_parked_now',
      help: 'Events that failed and are parked now; others wait behind them',
    },
    async () => [[{}, (await countParked(pool)).failed]],
  );
  measure({ name: 'quadrille_database_up', help: '1: the database has answered; 0: it has not' }, async () => [
    [
      {},
      await within(2_000, pool.query('SELECT 1')).then(
        () => 1,
        () => 0,
      ),
    ],
  ]);
  measure(
    {
      name: 'quadrille_database_connections',
      help: 'Connections of the pool, by what they do; wanted: calls that wait for one',
      labelNames: ['state'],
    },
    () => Object.entries(connectionsOf(pool)).map(([state, connections]) => [{ state }, connections]),
  );
  const counter = (name: string, help: string, value: (metrics: ParticipantMetrics) => number) =>
    countedBy(`quadrille_participant_${name}_total`, help, () => value(service.metrics()));
  counter('applied', 'Events and commands applied', ({ applied }) => applied);
  counter('duplicates', 'Events dropped because they had been processed before', ({ duplicates }) => duplicates);
  counter('parked', 'Events parked because they could not be applied', ({ parked }) => parked);
  counter('waiting', 'Events parked behind others of their order', ({ waiting }) => waiting);
  counter('skipped', 'Records passed over of which only the place is kept', ({ skipped }) => skipped);
  counter(
    'passed_over',
    'Records passed over because nobody here knows their type: a publisher that is newer, or no publisher of ours',
    ({ passedOver }) => passedOver,
  );
  counter('retries', 'Tries repeated because the database was away or busy', ({ retries }) => retries);
  const gauge = (name: string, help: string, value: () => number) =>
    measure({ name: `quadrille_participant_${name}`, help }, () => [[{}, value()]]);
  gauge('retry_attempt', 'The try under way while the database is away or busy; 0: all is well', () => {
    const { lastRetry } = service.metrics();
    return lastRetry?.nextTryInMs ? lastRetry.attempt : 0;
  });
  gauge('joined', '1: in its consumer group, with partitions; 0: not', () => Number(service.isJoined()));
  gauge('halted', '1: stopped because most events cannot be applied; 0: not', () => Number(service.isHalted()));
};
