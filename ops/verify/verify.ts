import { readDepth } from '@quadrille/db/outbox-progress';
import { countParked } from '@quadrille/db/parked';
import { services } from '@quadrille/services';
import { type Cluster, ofEach } from '../cluster.ts';
import { duration } from '../moment.ts';
import { readClock, select } from '../select.ts';
import { readAccepted } from './accepted.ts';
import { contradictions, isUnfinished } from './consistency.ts';
import { checkDeliveries } from './deliveries.ts';
import {
  type Accepted,
  type AcceptedFinding,
  createFindings,
  type Finding,
  type FindingKind,
  type Findings,
} from './findings.ts';
import { readAllKept, type Snapshots } from './orders.ts';
import { checkOwn } from './own-checks.ts';
import { recheck } from './recheck.ts';
import { openSnapshot } from './snapshot.ts';
import { checkUnits } from './units.ts';

export type VerifyOptions = {
  /** How long (ms) an order may be on its way, or an event, before that is a finding. */
  readonly patience: number;
  /** Nothing moves any more: what is on its way is a finding, however young it is. */
  readonly atRest?: boolean;
  /** So many findings of each kind are listed; all are counted. */
  readonly most?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

export type VerifyReport = {
  readonly balanced: boolean;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly checked: Readonly<Record<'orders' | 'events' | 'products', number>>;
  /** Orders that were on their way, of which nothing can be said yet. */
  readonly moving: number;
  /** Events on their way to a service. */
  readonly underWay: number;
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  readonly findings: readonly Finding[];
  /** Differences that an operator has accepted: the report is balanced in spite of them. */
  readonly accepted: readonly AcceptedFinding[];
  /** What was accepted and is not found any more: it is gone, or of another amount. */
  readonly outdated: readonly Accepted[];
};

/** Suspicious orders looked at again in one go. */
const recheckAtOnce = 200;

/**
 * Compares what all services keep, on a system at rest or at work. Each database is read as it was at one moment; an order that does not
 * agree is looked at again, alone, and counts only if nothing of it is on its way. Memory holds some pages, whatever the number of orders.
 */
export const verify = async (cluster: Cluster, options: VerifyOptions): Promise<VerifyReport> => {
  const { atRest = false, most = 20, onProgress = () => {}, signal } = options;
  const patience = atRest ? 0 : options.patience;
  const began = performance.now();
  const findings = createFindings(most, await readAccepted(cluster.auditLog));
  const startedAt = await readClock(cluster.read.order);
  let done = 0;
  const total = await countRows(cluster);
  const step = (rows: number) => {
    signal?.throwIfAborted();
    done += rows;
    onProgress(Math.min(done, total), total);
  };

  const snapshots = await ofEach((service) => openSnapshot(cluster.read[service]));
  try {
    const { orders, moving } = await checkOrders(cluster, snapshots, { patience, now: startedAt, findings, step });
    const products = await checkUnits(snapshots.stock, cluster.auditLog, findings);
    let [events, underWay, open] = [0, 0, 0];
    for (const service of services)
      open += await checkOwn(service, snapshots[service], { now: startedAt, patience, findings });
    for (const publisher of services) {
      const checked = await checkDeliveries(cluster, publisher, snapshots[publisher], {
        ...{ now: startedAt, patience, findings },
        onEvents: step,
      });
      events += checked.events;
      underWay += checked.underWay;
    }
    await checkQueues(cluster, startedAt, patience, findings);
    return {
      balanced: findings.total() === 0 && !(atRest && moving + open + underWay > 0),
      startedAt: startedAt.toISOString(),
      tookMs: Math.round(performance.now() - began),
      checked: { orders, events, products },
      ...{ moving: moving + open, underWay, counts: findings.counts(), findings: findings.kept() },
      ...{ accepted: findings.accepted(), outdated: findings.outdated() },
    };
  } finally {
    await Promise.all(Object.values(snapshots).map((snapshot) => snapshot.end()));
  }
};

const countRows = async ({ read }: Cluster): Promise<number> => {
  const ofTables = [
    select<{ n: number }>(read.order, 'SELECT COUNT(*) AS n FROM orders'),
    ...services.map((service) => select<{ n: number }>(read[service], 'SELECT COUNT(*) AS n FROM outbox')),
  ];
  return (await Promise.all(ofTables)).reduce((sum, [row]) => sum + Number(row?.n), 0);
};

type Pass = { patience: number; now: Date; findings: Findings; step: (rows: number) => void };

const checkOrders = async (
  cluster: Cluster,
  snapshots: Snapshots,
  { patience, now, findings, step }: Pass,
): Promise<{ orders: number; moving: number }> => {
  let [orders, moving, suspects] = [0, 0, [] as string[]];
  const lookAgain = async (orderIds: readonly string[]) => {
    for (const verdict of (await recheck(cluster, orderIds, patience)).values())
      if (verdict === 'moving') moving++;
      else if (verdict !== 'fine') findings.add(verdict);
  };
  for await (const page of readAllKept(snapshots)) {
    orders += page.length;
    // The snapshots may have caught an order in the middle of a step: it is worth a second look.
    for (const { orderId, kept } of page)
      if (isUnfinished(kept, now) || contradictions(kept).length > 0) suspects.push(orderId);
    for (; suspects.length >= recheckAtOnce; suspects = suspects.slice(recheckAtOnce))
      await lookAgain(suspects.slice(0, recheckAtOnce));
    step(page.length);
  }
  if (suspects.length > 0) await lookAgain(suspects);
  return { orders, moving };
};

/** What no relay publishes, and what waits for an operator. */
const checkQueues = async ({ read }: Cluster, now: Date, patience: number, findings: Findings): Promise<void> => {
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
