import { Counter, Gauge } from '@quadrille/process/metrics';
import type { ParticipantMetrics } from './tally.ts';

/**
 * Shows on `/metrics` what a participant has counted; read when it is asked for, so counting costs nothing more.
 * @param countParked asks the database, which knows of all instances and of all times; while it is away there is no value
 */
export const exposeMetrics = (read: () => ParticipantMetrics, countParked: () => Promise<number>): void => {
  new Gauge({
    name: 'quadrille_participant_parked_now',
    help: 'Events that failed and are parked now; others wait behind them',
    async collect() {
      this.reset();
      const parked = await countParked().catch(() => null);
      if (parked !== null) this.set(parked);
    },
  });
  new Counter({
    name: 'quadrille_participant_passed_over_total',
    help: 'Records passed over because nobody here knows their type: a publisher that is newer, or no publisher of ours',
    collect() {
      this.reset();
      this.inc(read().passedOver);
    },
  });
  const gauge = (name: string, help: string, value: (metrics: ParticipantMetrics) => number) =>
    new Gauge({
      name: `quadrille_participant_${name}`,
      help,
      collect() {
        this.set(value(read()));
      },
    });
  gauge('applied', 'Events and commands applied since the start', ({ applied }) => applied);
  gauge('duplicates', 'Events dropped because they had been processed before', ({ duplicates }) => duplicates);
  gauge('parked', 'Events set aside since the start because they could not be applied', ({ parked }) => parked);
  gauge('waiting', 'Events set aside since the start behind parked ones of their order', ({ waiting }) => waiting);
  gauge('skipped', 'Records passed over since the start, of which only the place is kept', ({ skipped }) => skipped);
  gauge('retries', 'Tries repeated because the database was away or busy', ({ retries }) => retries);
  gauge('retry_attempt', 'The try under way while the database is away or busy; 0: all is well', ({ lastRetry }) =>
    lastRetry?.nextTryInMs ? lastRetry.attempt : 0,
  );
};
