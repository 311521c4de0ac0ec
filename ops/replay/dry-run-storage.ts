import { randomUUIDv7 } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import type { NewParkedEvent, ParkedEvent } from '@quadrille/db/parked';
import { readParked } from '@quadrille/db/parked';
import type { Rows } from '@quadrille/db/rows';
import type { Storage, UnitOfWork } from '@quadrille/db/storage';
import { readClock, select } from '../select.ts';

type Key = string | number;
type Table = Rows<unknown, Key>;

/** What the dry run has decided so far, as if it were written. */
type Memory = {
  readonly inbox: Set<string>;
  readonly rows: Map<Table, Map<Key, unknown>>;
  /** By number; null: taken out. */
  readonly parked: Map<number, ParkedEvent | null>;
};

/** What the dry run would park gets numbers from here on: it stands behind all that is parked. */
const dryRunFrom = 2 ** 52;

const empty = (): Memory => ({ inbox: new Set(), rows: new Map(), parked: new Map() });

/**
 * A service's database as it would be: reads what is there without a lock, and keeps in memory what is written. So the service's own code
 * runs on it as it would run, event after event, and nothing of it stays.
 */
export const dryRunStorage = (pool: Pool): Storage => {
  const past = empty();
  return {
    isDryRun: true,
    transact: async (work) => {
      const open = empty();
      const result = await work(unitOn(pool, past, open));
      // Nothing of a transaction that failed is remembered.
      for (const id of open.inbox) past.inbox.add(id);
      for (const [table, rows] of open.rows) for (const [key, row] of rows) tableOf(past, table).set(key, row);
      for (const [seq, event] of open.parked) past.parked.set(seq, event);
      return result;
    },
  };
};

const tableOf = (memory: Memory, table: Table): Map<Key, unknown> => {
  const rows = memory.rows.get(table) ?? new Map<Key, unknown>();
  memory.rows.set(table, rows);
  return rows;
};

const unitOn = (pool: Pool, past: Memory, open: Memory): UnitOfWork => {
  const ofMemory = () => new Map([...past.parked, ...open.parked]);
  const queueOf = async (correlationId: string): Promise<ParkedEvent[]> => {
    const memory = ofMemory();
    const there = await readParked(pool, { after: 0, limit: 100_000, correlationId });
    const events = [...there.filter(({ seq }) => !memory.has(seq)), ...memory.values()];
    return events.flatMap((event) => (event?.correlationId === correlationId ? [event] : [])).sort(byPlace);
  };
  const keep = <Row, K extends Key>(table: Rows<Row, K>, rows: readonly Row[]) => {
    for (const row of rows) tableOf(open, table as unknown as Table).set(table.keyOf(row), row);
  };

  return {
    newId: randomUUIDv7,
    readInbox: async (eventIds) => {
      const found =
        eventIds.length === 0
          ? []
          : await select<{ id: string }>(pool, 'SELECT event_id AS id FROM inbox WHERE event_id IN (?)', [eventIds]);
      const remembered = eventIds.filter((id) => past.inbox.has(id) || open.inbox.has(id));
      const [any] = await select(pool, 'SELECT 1 FROM parked LIMIT 1');
      return {
        now: await readClock(pool),
        taken: new Set([...found.map(({ id }) => id), ...remembered]),
        anyParked: any !== undefined || past.parked.size > 0,
        anySkips: false,
      };
    },
    insertInbox: async (eventIds) => {
      for (const id of eventIds) open.inbox.add(id);
    },
    lock: async (table, keys) => {
      const wanted = [...keys];
      const known = tableOf(past, table as unknown as Table);
      const there = await table.read(
        pool,
        wanted.filter((key) => !known.has(key)),
      );
      return [...there, ...wanted.flatMap((key) => (known.has(key) ? [known.get(key) as (typeof there)[number]] : []))];
    },
    insert: async (table, rows) => keep(table, rows),
    update: async (table, rows) => keep(table, rows),
    appendToOutbox: async () => {},
    lockQueues: async (correlationIds) => {
      if (correlationIds.length === 0) return new Set();
      const sql = 'SELECT DISTINCT correlation_id AS id FROM parked WHERE correlation_id IN (?)';
      const held = new Set((await select<{ id: string }>(pool, sql, [correlationIds])).map(({ id }) => id));
      if (ofMemory().size > 0)
        for (const id of correlationIds) (await queueOf(id)).length > 0 ? held.add(id) : held.delete(id);
      return held;
    },
    lockQueue: queueOf,
    park: async (events: readonly NewParkedEvent[]) => {
      for (const event of events) {
        const seq = dryRunFrom + ofMemory().size;
        open.parked.set(seq, { ...event, seq });
      }
    },
    // A dry run is delivered by operators, whose deliveries are never skipped.
    countParkedTo: async () => 0,
    whichParked: async () => new Set(),
    lockSkips: async () => [],
    recordSkipped: async () => {},
    rewriteParked: async (event, change) => void open.parked.set(event.seq, { ...event, ...change }),
    removeParked: async (event) => void open.parked.set(event.seq, null),
    traceParked: async () => {},
  };
};

const byPlace = (one: ParkedEvent, other: ParkedEvent): number => one.seq - other.seq;
