import { findTaken } from '@quadrille/db/outbox-history';
import { readProgress } from '@quadrille/db/outbox-progress';
import type { Service } from '@quadrille/services';
import type { Cluster } from '../cluster.ts';
import { duration } from '../moment.ts';
import { readParkedDeliveries } from '../parked-delivery.ts';
import { isPublished } from '../publication.ts';
import { select } from '../select.ts';
import { subscribersOf } from '../timeline.ts';
import type { Findings } from './findings.ts';
import { pagesByKey, type Snapshot } from './snapshot.ts';

type Row = {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
  readonly time: string;
};

/** Events that one service should have processed long ago. */
type Missing = { count: number; readonly first: Row };

/**
 * Every event that a service has published, as far as its outbox keeps it, has been processed by all that subscribe to it.
 * @param patience how long (ms) an event may be on its way
 */
export const checkDeliveries = async (
  { read, handles }: Cluster,
  publisher: Service,
  snapshot: Snapshot,
  {
    now,
    patience,
    findings,
    onEvents,
  }: { now: Date; patience: number; findings: Findings; onEvents: (events: number) => void },
): Promise<{ events: number; underWay: number }> => {
  const progress = await readProgress(read[publisher]);
  const missing = new Map<string, Missing>();
  let [events, underWay] = [0, 0];
  const pages = pagesByKey(
    0,
    ({ seq }: Row) => seq,
    (after: number, limit) =>
      select<Row>(
        snapshot,
        'SELECT seq, id, type, correlation_id AS orderId, time FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?',
        [after, limit],
      ),
  );
  for await (const page of pages) {
    events += page.length;
    const published = page.filter(({ seq }) => isPublished(progress, seq));
    const refused = await readRefused(snapshot, page);
    for (const service of servicesHearing(handles, published)) {
      const received = published.filter(({ type, seq }) => handles[service].subscribes.has(type) && !refused.has(seq));
      // Now, not in a snapshot: what was published then may have been processed since.
      const taken = await findTaken(
        read[service],
        received.map(({ id }) => id),
      );
      const open = received.filter(({ id }) => !taken.has(id));
      const late = open.filter(({ time }) => now.getTime() - Date.parse(time) > patience);
      underWay += open.length - late.length;
      if (late.length === 0) continue;
      const orderIds = late.map(({ orderId }) => orderId);
      const parked = await readParkedDeliveries(read[service], orderIds);
      for (const row of late) if (!parked.has(row.id)) count(missing, `${service} ${row.type}`, row);
    }
    onEvents(page.length);
  }
  for (const [name, { count, first }] of missing) {
    const [service = '', type] = name.split(' ');
    findings.add({
      kind: 'inbox',
      what: `${service} has not processed ${count} ${type}, the first since ${duration(now.getTime() - Date.parse(first.time))}`,
      orderId: first.orderId,
      since: first.time,
      event: {
        ...{ id: first.id, type: first.type, time: first.time, publisher, service },
        what: `${service} has not taken it in`,
      },
    });
  }
  return { events, underWay };
};

const servicesHearing = (handles: Cluster['handles'], rows: readonly Row[]): Service[] => [
  ...new Set([...new Set(rows.map(({ type }) => type))].flatMap((type) => subscribersOf(handles, type))),
];

/** Unpublishable, or discarded after that: other findings name them. */
const readRefused = async (snapshot: Snapshot, page: readonly Row[]): Promise<Set<number>> => {
  const found = await select<{ seq: number }>(
    snapshot,
    "SELECT seq FROM outbox_parked WHERE seq BETWEEN ? AND ? AND status <> 'published'",
    [page.at(0)?.seq, page.at(-1)?.seq],
  );
  return new Set(found.map(({ seq }) => seq));
};

const count = (missing: Map<string, Missing>, name: string, row: Row): void => {
  const entry = missing.get(name) ?? { count: 0, first: row };
  entry.count++;
  missing.set(name, entry);
};
