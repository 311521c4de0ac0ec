import type { Command } from 'commander';
import { type AuditReport, audit } from '../audit/audit.ts';
import type { Finding } from '../audit/findings.ts';
import { forgetTotals } from '../audit/goods.ts';
import { actOnce } from '../ledger.ts';
import { duration } from '../moment.ts';
import { bar, counted, paint, plain, print, printJson, showProgress } from './output.ts';
import { asAct, authorOf, type ExitCode, examples, jsonOption, patience, runVerb, whole } from './verb.ts';

type Options = {
  json?: boolean;
  patience: number;
  atRest?: boolean;
  most: number;
  acceptStock?: boolean;
  by?: string;
  why?: string;
};

export const addAudit = (program: Command): void => {
  const command = program
    .command('audit')
    .description('Compare the books of all services, at rest or at work; exit 1 when they do not agree')
    .addOption(patience('how long an order or an event may be on its way'))
    .option('--at-rest', 'nothing may be on its way')
    .option('--most <number>', 'findings shown of each kind', whole(1), 20)
    .option('--accept-stock', 'goods came or went without an order: take the present units as right (needs --why)')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `${examples([
        'npm run ops -- audit',
        'npm run ops -- audit --at-rest --json > audit.json',
        'npm run ops -- audit --accept-stock --why "delivery of 500 of product 7"',
      ])}
Orders and events on their way are left out until their patience is over; then they are stuck.`,
    );
  asAct(command).action((options: Options) =>
    runVerb(options, async (site, { patience, atRest = false, most, acceptStock }, signal): Promise<ExitCode> => {
      if (acceptStock)
        await actOnce(site.ledger, { verb: 'accept stock', what: {}, lease: 'audit stock' }, authorOf(options), () =>
          forgetTotals(site.ledger),
        );
      const progress = showProgress();
      const onProgress = (done: number, total: number) => progress.update(() => `Comparing ${bar(done, total)}`);
      const report = await audit(site, { patience, atRest, most, onProgress, signal });
      progress.clear();
      if (options.json) printJson(report);
      else print(describeAudit(report));
      return report.balanced ? 0 : 1;
    }),
  );
};

export const describeAudit = (report: AuditReport): string => {
  const { checked, findings, counts, moving, underWay, tookMs } = report;
  const looked = `${counted(checked.orders, 'order')}, ${counted(checked.events, 'event')}, ${counted(checked.products, 'product')} and ${counted(checked.usedCoupons, 'used coupon')} in ${duration(tookMs)}`;
  const left =
    moving + underWay === 0
      ? ''
      : `; left out: ${counted(moving, 'order')} and ${counted(underWay, 'event')} on the way`;
  const verdict = report.balanced ? paint('green', 'The books agree.') : paint('red', 'The books do not agree.');
  const shown = new Map<string, number>();
  for (const { kind } of findings) shown.set(kind, (shown.get(kind) ?? 0) + 1);
  const more = Object.entries(counts).flatMap(([kind, count]) =>
    count > (shown.get(kind) ?? 0) ? [`... and ${count - (shown.get(kind) ?? 0)} more of ${kind}`] : [],
  );
  return [`${verdict} ${looked}${left}.`, ...findings.map(describeFinding), ...more].join('\n');
};

const describeFinding = ({ kind, what, orderId, event }: Finding): string => {
  const lines = [
    `${paint('red', kind.padEnd(6))} ${orderId && kind !== 'inbox' ? `order ${orderId}: ` : ''}${plain(what)}`,
  ];
  if (event)
    lines.push(
      `       the books part at ${event.type} ${event.id} of ${event.publisher} (${event.time}): ${plain(event.what)}`,
    );
  return lines.join('\n');
};
