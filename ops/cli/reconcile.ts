import { services } from '@quadrille/services';
import type { Command } from 'commander';
import { parseMoment } from '../moment.ts';
import { findMissed, type ReconcileOptions, type ReconcileReport, reconcile } from '../reconcile.ts';
import { readClock } from '../select.ts';
import { counted, paint, plain, print, printJsonLine, showProgress, table } from './output.ts';
import { asOperation, authorOf, type ExitCode, examples, jsonOption, runVerb } from './verb.ts';

type Options = { json?: boolean; since?: string; dryRun?: boolean; by?: string; why?: string };

export const addReconcile = (program: Command): void => {
  const command = program
    .command('reconcile')
    .description(
      'Find what a broker has lost or a service has skipped: outboxes against topics and inboxes; publishes it again',
    )
    .option('--since <time>', 'events made since then: 2026-01-31T12:00Z, or 2h for so long ago')
    .option('--dry-run', 'only look; exit 1 when something is missed')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- reconcile --dry-run',
        'npm run ops -- reconcile --since 6h --why "broker 2 came back without its disk"',
      ])}
What a topic has lost and every service that subscribes to it has received is not published again.
Skipped is what a topic holds and a service has passed without receiving it: the topic was deleted and made again.`,
    );
  asOperation(command).action((options: Options) =>
    runVerb(options, async (cluster, { since, dryRun = false, json = false }, signal): Promise<ExitCode> => {
      const progress = showProgress();
      const watching: ReconcileOptions = {
        since: since === undefined ? null : parseMoment(since, await readClock(cluster.read.order)),
        onMissed: (service, { how, id, type, time, by }) => {
          progress.clear();
          if (json) printJsonLine({ [how]: { service, id, type, time, by } });
          else
            print(
              `${paint('red', how.padEnd(7))}  ${service.padEnd(6)}  ${plain(`${type.padEnd(17)}  ${id}  ${time}`)}  missed by ${by.join(', ')}`,
            );
        },
        onProgress: (service, { compared }) => {
          signal.throwIfAborted();
          progress.update(() => `${service}: ${counted(compared, 'event')} compared`);
        },
      };
      const report = dryRun
        ? await findMissed(cluster, watching)
        : await reconcile(cluster, authorOf(options), watching);
      progress.clear();
      if (json) printJsonLine({ summary: report });
      else print(describeReconcile(report));
      const missed = services.some((service) => {
        const { missing, taken, skipped } = report[service];
        return missing > taken || skipped > 0;
      });
      return dryRun && missed ? 1 : 0;
    }),
  );
};

export const describeReconcile = (report: ReconcileReport): string =>
  table([
    ['outbox', 'compared', 'not in Kafka', 'missed by nobody', 'skipped', 'published again'],
    ...services.map((service) => {
      const { compared, missing, taken, skipped, republished } = report[service];
      return [service, ...[compared, missing, taken, skipped, republished].map(String)];
    }),
  ]);
