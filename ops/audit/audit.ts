import { readDepth } from '@quadrille/db/outbox-progress';
import { countParked } from '@quadrille/db/parked';
import { services } from '@quadrille/services';
import { duration } from '../moment.ts';
import { readClock, select } from '../select.ts';
import { ofEach, type Site } from '../site.ts';
import { readAccepted } from './accepted.ts';
import { checkDeliveries } from './deliveries.ts';
import {
  type Accepted,
  type AcceptedFinding,
  createFindings,
  type Finding,
  type FindingKind,
  type Findings,
} from './findings.ts';
import { checkCoupons, checkProducts, checkUses, type Sums, sumUp } from './goods.ts';
import { isSuspicious, readBooks, type Snapshots } from './orders.ts';
import { recheck } from './recheck.ts';
import { openSnapshot } from './snapshot.ts';

export type AuditOptions = {
  /** How long (ms) an order may be on its way, or an event, before that is a finding. */
  readonly patience: number;
  /** Nothing moves any more: what is on its way is a finding, however young it is. */
  readonly atRest?: boolean;
  /** Findings told of each kind; all are counted. */
  readonly most?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

export type AuditReport = {
  readonly balanced: boolean;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly checked: Readonly<Record<'orders' | 'events' | 'products' | 'usedCoupons', number>>;
  /** Orders that were on their way, of which nothing can be said yet. */
  readonly moving: number;
  /** Events on their way to a service. */
  readonly underWay: number;
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  readonly findings: readonly Finding[];
  /** Differences that somebody has accepted: the books agree in spite of them. */
  readonly accepted: readonly AcceptedFinding[];
  /** What was accepted and is not found any more: it is gone, or of another amount. */
  readonly outdated: readonly Accepted[];
};

/** Suspicious orders looked at again in one go. */
const recheckAtOnce = 200;

/**
 * Compares the books of all services, on a system at rest or at work. Each database is read as it was at one moment; an order that does not
 * agree is looked at again, alone, and counts only if nothing of it is on its way. Memory holds some pages, whatever the number of orders.
 */
export const audit = async (site: Site, options: AuditOptions): Promise<AuditReport> => {
  const { atRest = false, most = 20, onProgress = () => {}, signal } = options;
  const patience = atRest ? 0 : options.patience;
  const began = performance.now();
  const findings = createFindings(most, await readAccepted(site.ledger));
  const startedAt = await readClock(site.read.order);
  let done = 0;
  const total = await countRows(site);
  const step = (rows: number) => {
    signal?.throwIfAborted();
    done += rows;
    onProgress(Math.min(done, total), total);
  };

  const snapshots = await ofEach((service) => openSnapshot(site.read[service]));
  try {
    const { orders, moving, sums } = await checkOrders(site, snapshots, { patience, now: startedAt, findings, step });
    const products = await checkProducts(snapshots.stock, site.ledger, sums, findings);
    const usedCoupons = await checkCoupons(snapshots.coupon, findings);
    let [events, underWay] = [0, 0];
    for (const publisher of services) {
      const checked = await checkDeliveries(site, publisher, snapshots[publisher], {
        ...{ now: startedAt, patience, findings },
        onEvents: step,
      });
      events += checked.events;
      underWay += checked.underWay;
    }
    await checkQueues(site, startedAt, patience, findings);
    return {
      balanced: findings.total() === 0 && !(atRest && moving + underWay > 0),
      startedAt: startedAt.toISOString(),
      tookMs: Math.round(performance.now() - began),
      checked: { orders, events, products, usedCoupons },
      ...{ moving, underWay, counts: findings.counts(), findings: findings.kept() },
      ...{ accepted: findings.accepted(), outdated: findings.outdated() },
    };
  } finally {
    await Promise.all(Object.values(snapshots).map((snapshot) => snapshot.end()));
  }
};

const countRows = async ({ read }: Site): Promise<number> => {
  const ofTables = [
    select<{ n: number }>(read.order, 'SELECT COUNT(*) AS n FROM orders'),
    ...services.map((service) => select<{ n: number }>(read[service], 'SELECT COUNT(*) AS n FROM outbox')),
  ];
  return (await Promise.all(ofTables)).reduce((sum, [row]) => sum + Number(row?.n), 0);
};

type Pass = { patience: number; now: Date; findings: Findings; step: (rows: number) => void };

const checkOrders = async (
  site: Site,
  snapshots: Snapshots,
  { patience, now, findings, step }: Pass,
): Promise<{ orders: number; moving: number; sums: Sums }> => {
  const sums: Sums = new Map();
  let [orders, moving, suspects] = [0, 0, [] as string[]];
  const lookAgain = async (orderIds: readonly string[]) => {
    for (const verdict of (await recheck(site, orderIds, patience)).values())
      if (verdict === 'moving') moving++;
      else if (verdict !== 'fine') findings.add(verdict);
  };
  for await (const page of readBooks(snapshots)) {
    orders += page.length;
    for (const { orderId, books } of page) {
      sumUp(sums, books);
      if (isSuspicious(books, now)) suspects.push(orderId);
    }
    await checkUses(snapshots.coupon, page, findings);
    for (; suspects.length >= recheckAtOnce; suspects = suspects.slice(recheckAtOnce))
      await lookAgain(suspects.slice(0, recheckAtOnce));
    step(page.length);
  }
  if (suspects.length > 0) await lookAgain(suspects);
  return { orders, moving, sums };
};

/** What nobody publishes, and what waits for a person. */
const checkQueues = async ({ read }: Site, now: Date, patience: number, findings: Findings): Promise<void> => {
  for (const service of services) {
    const { events, oldest } = await readDepth(read[service]);
    const age = oldest ? now.getTime() - oldest.getTime() : 0;
    if (oldest && age > patience)
      findings.add({
        kind: 'outbox',
        what: `${events} events of ${service} are not published, the oldest since ${duration(age)}: is the relay running?`,
        since: oldest.toISOString(),
      });
    const { failed, waiting, oldest: since } = await countParked(read[service]);
    if (failed + waiting > 0)
      findings.add({
        kind: 'parked',
        what: `${service} has ${failed} parked events, and ${waiting} that wait behind them`,
        ...(since && { since: since.toISOString() }),
      });
  }
};
