import type { Command } from 'commander';
import { runOperation } from '../audit-log.ts';
import { duration } from '../moment.ts';
import { acceptFindings, revokeAccepted } from '../verify/accepted.ts';
import type { Finding } from '../verify/findings.ts';
import { forgetTotals } from '../verify/units.ts';
import { type VerifyReport, verify } from '../verify/verify.ts';
import { bar, counted, paint, plain, print, printJson, showProgress } from './output.ts';
import {
  asOperation,
  authorOf,
  type ExitCode,
  examples,
  jsonOption,
  patience,
  runVerb,
  several,
  whole,
} from './verb.ts';

type Options = {
  json?: boolean;
  patience: number;
  atRest?: boolean;
  most: number;
  acceptStock?: boolean;
  accept?: string[];
  revoke?: string[];
  by?: string;
  why?: string;
};

export const addVerify = (program: Command): void => {
  const command = program
    .command('verify')
    .alias('audit')
    .description('Check that all services agree about every order, at rest or at work; exit 1 when they do not')
    .addOption(patience('how long an order or an event may be on its way'))
    .option('--at-rest', 'nothing may be on its way')
    .option('--most <number>', 'findings shown of each kind', whole(1), 20)
    .option('--accept-stock', 'goods came or went without an order: take the present units as right (needs --why)')
    .option(
      '--accept <finding>',
      'take a difference as right, by its id (needs --why): listed, but red no more',
      several,
    )
    .option('--revoke <finding>', 'take back that it was accepted (needs --why)', several)
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- verify',
        'npm run ops -- verify --at-rest --json > verify.json',
        'npm run ops -- verify --accept-stock --why "delivery of 500 of product 7"',
        'npm run ops -- verify --accept 3f9a1c20b7de --why "forged order of 2026-11-25, its goods were put back"',
      ])}
Orders and events on their way are left out until their patience is over; then they are stuck.
An accepted difference that changes, also in its amount, is another one, and red.`,
    );
  asOperation(command).action((options: Options) =>
    runVerb(options, async (cluster, options, signal): Promise<ExitCode> => {
      const { patience, atRest = false, most, acceptStock, accept, revoke } = options;
      if (acceptStock)
        await runOperation(
          cluster.auditLog,
          { verb: 'accept stock', what: {}, lease: 'audit stock' },
          authorOf(options),
          () => forgetTotals(cluster.auditLog),
        );
      const progress = showProgress();
      const onProgress = (done: number, total: number) => progress.update(() => `Comparing ${bar(done, total)}`);
      const look = (most: number) => verify(cluster, { patience, atRest, most, onProgress, signal });
      if (revoke) await revokeAccepted(cluster.auditLog, revoke, authorOf(options));
      if (accept) {
        const author = authorOf(options);
        await acceptFindings(cluster.auditLog, accept, (await look(mostAcceptable)).findings, author);
      }
      const report = await look(most);
      progress.clear();
      if (options.json) printJson(report);
      else print(describeVerify(report));
      return report.balanced ? 0 : 1;
    }),
  );
};

/** Findings that are kept to look for those to accept: more cannot be accepted one by one. */
const mostAcceptable = 100_000;

export const describeVerify = (report: VerifyReport): string => {
  const { checked, findings, counts, moving, underWay, tookMs, accepted, outdated } = report;
  const looked = `${counted(checked.orders, 'order')}, ${counted(checked.events, 'event')} and ${counted(checked.products, 'product')} in ${duration(tookMs)}`;
  const left =
    moving + underWay === 0
      ? ''
      : `; left out: ${counted(moving, 'order')} and ${counted(underWay, 'event')} on the way`;
  const verdict = report.balanced ? paint('green', 'All services agree.') : paint('red', 'Services do not agree.');
  const shown = new Map<string, number>();
  for (const { kind } of findings) shown.set(kind, (shown.get(kind) ?? 0) + 1);
  const more = Object.entries(counts).flatMap(([kind, count]) =>
    count > (shown.get(kind) ?? 0) ? [`... and ${count - (shown.get(kind) ?? 0)} more of ${kind}`] : [],
  );
  const lines = [
    `${verdict} ${looked}${left}.`,
    ...findings.map(describeFinding),
    ...more,
    ...accepted.map(
      ({ id, what, orderId, who, why, acceptedAt }) =>
        `${paint('yellow', 'accepted')} ${plain(id)}  ${ofOrder(orderId)}${plain(what)} (${plain(`${acceptedAt}, ${who}: ${why}`)})`,
    ),
    ...outdated.map(
      ({ id, what, orderId }) =>
        `${paint('dim', 'accepted and found no more')} ${plain(id)}  ${ofOrder(orderId)}${plain(what)}: verify --revoke ${plain(id)}`,
    ),
  ];
  return lines.join('\n');
};

const ofOrder = (orderId: string | null | undefined): string => (orderId ? `order ${plain(orderId)}: ` : '');

const describeFinding = ({ id, kind, what, orderId, event }: Finding): string => {
  const lines = [
    `${paint('red', kind.padEnd(6))} ${plain(id)}  ${kind === 'inbox' ? '' : ofOrder(orderId)}${plain(what)}`,
  ];
  if (event)
    lines.push(
      `       first divergence: ${plain(event.type)} ${plain(event.id)} of ${plain(event.publisher)} (${plain(event.time)}): ${plain(event.what)}`,
    );
  return lines.join('\n');
};
