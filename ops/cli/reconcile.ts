import { services } from '@quadrille/stack/setup';
import type { Command } from 'commander';
import { parseMoment } from '../moment.ts';
import { findLost, type ReconcileReport, reconcile } from '../reconcile.ts';
import { readClock } from '../select.ts';
import { counted, paint, print, printJsonLine, showProgress, table } from './output.ts';
import { asAct, authorOf, type ExitCode, examples, jsonOption, runVerb } from './verb.ts';

type Options = { json?: boolean; since?: string; dryRun?: boolean; by?: string; why?: string };

export const addReconcile = (program: Command): void => {
  const command = program
    .command('reconcile')
    .description('Find what a broker has lost: outboxes against topics and inboxes; publishes it again')
    .option('--since <time>', 'events made since then: 2026-01-31T12:00Z, or 2h for so long ago')
    .option('--dry-run', 'only look; exit 1 when something is missed')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- reconcile --dry-run',
        'npm run ops -- reconcile --since 6h --why "broker 2 came back without its disk"',
      ])}
What a topic has lost and every hearer has taken in is missed by nobody, and stays as it is.`,
    );
  asAct(command).action((options: Options) =>
    runVerb(options, async (site, { since, dryRun = false, json = false }, signal): Promise<ExitCode> => {
      const progress = showProgress();
      const watching = {
        since: since === undefined ? null : parseMoment(since, await readClock(site.read.order)),
        onLost: (service: string, { id, type, time }: { id: string; type: string; time: string }) => {
          progress.clear();
          if (json) printJsonLine({ lost: { service, id, type, time } });
          else print(`${paint('red', 'lost')}  ${service.padEnd(6)}  ${type.padEnd(17)}  ${id}  ${time}`);
        },
        onProgress: (service: string, { compared }: { compared: number }) => {
          signal.throwIfAborted();
          progress.update(() => `${service}: ${counted(compared, 'event')} compared`);
        },
      };
      const report = dryRun ? await findLost(site, watching) : await reconcile(site, authorOf(options), watching);
      progress.clear();
      if (json) printJsonLine({ summary: report });
      else print(describeReconcile(report));
      const missed = services.some((service) => report[service].missing > report[service].taken);
      return dryRun && missed ? 1 : 0;
    }),
  );
};

export const describeReconcile = (report: ReconcileReport): string =>
  table([
    ['outbox', 'compared', 'not in Kafka', 'missed by nobody', 'published again'],
    ...services.map((service) => {
      const { compared, missing, taken, republished } = report[service];
      return [service, ...[compared, missing, taken, republished].map(String)];
    }),
  ]);
