import type { Pool } from '@quadrille/db/connect';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { readProgress } from '@quadrille/db/outbox-progress';
import type { Service } from '@quadrille/services';
import type { Cluster } from '../cluster.ts';
import { isPublished } from '../publication.ts';
import { select } from '../select.ts';
import { publishersOf, type Selection, typesOf } from './selection.ts';
import { type Cursor, fromRow, type Source } from './source.ts';

const pageSize = 500;
const ordersAtOnce = 100;
/** Transactions of about the same moment need not have the order of their times (ms). */
const margin = 60_000;

/** The events of a selection, from the outboxes of those who say them. */
export const outboxSource = (cluster: Cluster, selection: Selection): Source =>
  selection.orderIds || selection.userId !== undefined || selection.reason !== undefined
    ? byOrders(cluster, selection)
    : byScan(cluster, selection);

/** Unpublishable events are left out, as are those not published yet: no service has received them. */
const condition = ({ from, until }: Selection): [sql: string, values: unknown[]] => [
  `o.type IN (?) ${from ? 'AND o.time >= ?' : ''} ${until ? 'AND o.time <= ?' : ''}
   AND NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.seq = o.seq AND p.status <> 'published')`,
  [from, until].filter((moment) => moment !== undefined),
];

/** Some orders at a time, all their events by time. */
const byOrders =
  ({ read, handles }: Cluster, selection: Selection): Source =>
  async (cursor, take, signal) => {
    const types = typesOf(selection, handles[selection.to]);
    const [where, values] = condition(selection);
    const ordersOf = ordersBehind(read.order, selection);
    for (let after = String(cursor?.order ?? ''); !signal.aborted; ) {
      const orderIds = await ordersOf(after);
      const last = orderIds.at(-1);
      if (last === undefined) return;
      const rows = await Promise.all(
        publishersOf(types).map(async (publisher) => {
          const progress = await readProgress(read[publisher]);
          const found = await select<OutboxRow>(
            read[publisher],
            `SELECT ${outboxColumns('o')} FROM outbox o WHERE o.correlation_id IN (?) AND ${where} ORDER BY o.seq`,
            [orderIds, types, ...values],
          );
          return found.filter(({ seq }) => isPublished(progress, seq));
        }),
      );
      // Stable: what one service said at one moment stays in its order.
      const events = rows.flat().sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1));
      after = last;
      await take(events.map(fromRow), { order: last });
    }
  };

/** The next order ids of a selection, in their order. */
const ordersBehind =
  (pool: Pool, { orderIds, userId, reason }: Selection) =>
  async (after: string): Promise<string[]> => {
    if (orderIds)
      return [...orderIds]
        .sort()
        .filter((id) => id > after)
        .slice(0, ordersAtOnce);
    const conditions = [
      ...(userId === undefined ? [] : ['user_id = ?']),
      ...(reason === undefined ? [] : ['reason_code = ?']),
    ];
    const found = await select<{ id: string }>(
      pool,
      `SELECT order_id AS id FROM orders WHERE order_id > ? AND ${conditions.join(' AND ')} ORDER BY order_id LIMIT ?`,
      [after, ...[userId, reason].filter((value) => value !== undefined), ordersAtOnce],
    );
    return found.map(({ id }) => id);
  };

/** All outboxes at once, by time. */
const byScan =
  ({ read, handles }: Cluster, selection: Selection): Source =>
  async (cursor, take, signal) => {
    const types = typesOf(selection, handles[selection.to]);
    const streams = await Promise.all(
      publishersOf(types).map((publisher) => openStream(publisher, read[publisher], types, selection, cursor)),
    );
    while (!signal.aborted) {
      const rows: OutboxRow[] = [];
      while (rows.length < pageSize) {
        await Promise.all(streams.map((stream) => stream.fill()));
        const [next] = streams
          .flatMap((stream) => (stream.head() ? [{ stream, time: stream.head()?.time ?? '' }] : []))
          .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
        const row = next?.stream.take();
        if (!row) break;
        rows.push(row);
      }
      if (rows.length === 0) return;
      await take(rows.map(fromRow), Object.fromEntries(streams.map(({ publisher, at }) => [publisher, at()])));
    }
  };

const openStream = async (
  publisher: Service,
  pool: Pool,
  types: readonly string[],
  selection: Selection,
  cursor: Cursor | null,
) => {
  const [where, values] = condition(selection);
  const { from, until } = selection;
  // What the replay makes services say is not a part of it.
  const progress = await readProgress(pool);
  const end = Math.min(progress.publishedTo, await seqAt(pool, until ? new Date(Date.parse(until) + margin) : null));
  const begin = from ? (await seqAt(pool, new Date(Date.parse(from) - margin))) - 1 : 0;
  let at = Math.max(begin, Number(cursor?.[publisher] ?? 0));
  let read = at;
  let rows: OutboxRow[] = [];
  let over = false;
  return {
    publisher,
    at: () => at,
    head: () => rows[0],
    take: () => {
      const row = rows.shift();
      if (row) at = row.seq;
      return row;
    },
    fill: async () => {
      while (!over && rows.length === 0) {
        const found = await select<OutboxRow>(
          pool,
          `SELECT ${outboxColumns('o')} FROM outbox o WHERE o.seq > ? AND o.seq <= ? AND ${where} ORDER BY o.seq LIMIT ?`,
          [read, end, types, ...values, pageSize],
        );
        rows = found.filter(({ seq }) => isPublished(progress, seq));
        read = found.at(-1)?.seq ?? read;
        over = found.length < pageSize;
      }
    },
  };
};

/** The first row that was made at this moment or later, or else the last (null: the last), found by halving: times grow with the numbers. */
const seqAt = async (pool: Pool, moment: Date | null): Promise<number> => {
  const [bounds] = await select<{ low: number | null; high: number | null }>(
    pool,
    'SELECT MIN(seq) AS low, MAX(seq) AS high FROM outbox',
  );
  let [low, high] = [bounds?.low ?? 0, bounds?.high ?? 0];
  if (moment === null) return high;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await select<{ time: string }>(pool, 'SELECT time FROM outbox WHERE seq >= ? ORDER BY seq LIMIT 1', [
      middle,
    ]);
    if (row && row.time < moment.toISOString()) low = middle + 1;
    else high = middle;
  }
  return low;
};
