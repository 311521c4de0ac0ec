import { isConflict, isDuplicateKey } from '@quadrille/db/errors';
import type { OutboxRow } from '@quadrille/db/outbox';
import type { ParkedEvent, Trace } from '@quadrille/db/parked';
import type { Rows } from '@quadrille/db/rows';
import type { Storage, UnitOfWork } from '@quadrille/db/storage';
import type { ParkedAction } from '@quadrille/db/tables';
import { inTurn } from './in-turn.ts';
import { createLocks, duplicateKey, type Holder } from './locks.ts';
import { newSignal, type Signal, type World } from './world.ts';

type Key = string | number;
type Table = Rows<unknown, Key>;

/** What a committed transaction did, for those who watch the books. */
export type Committed = {
  /** Ids that went into the inbox, in the order of their effects. */
  readonly recorded: readonly string[];
  readonly parked: readonly ParkedEvent[];
  readonly traced: readonly { readonly action: ParkedAction; readonly event: ParkedEvent }[];
  readonly said: readonly OutboxRow[];
};

/** A database in memory: rows, locks, transactions that see what is committed (READ COMMITTED), and one clock. */
export type Database = {
  readonly name: string;
  readonly storage: Storage;
  /** The committed rows of a table: its `Rows`, as a participant names them. */
  readonly rows: <Row>(table: object) => readonly Row[];
  readonly seed: (table: object, rows: readonly unknown[]) => void;
  readonly outbox: readonly OutboxRow[];
  readonly outboxGrew: Signal;
  readonly deleteFromOutbox: (seqs: readonly number[]) => void;
  readonly inbox: ReadonlyMap<string, Date>;
  readonly parked: () => ParkedEvent[];
  readonly deadlocks: () => number;
  /** Breaks all connections; new ones fail for so many ms. */
  readonly goAway: (ms: number) => void;
  readonly lease: { holder: string; until: number };
};

type Transaction = Holder & {
  open: boolean;
  readonly writes: (() => void)[];
  readonly undo: (() => void)[];
  readonly done: { [Part in keyof Committed]: Committed[Part][number][] };
};

const attempts = 8;

const lost = (what: string): Error => Object.assign(new Error(what), { code: 'PROTOCOL_CONNECTION_LOST' });

export const createDatabase = (options: {
  world: World;
  name: string;
  onCommit: (committed: Committed) => void;
  /** Whether the answer to this COMMIT is lost on its way. */
  losesAnswer: () => boolean;
  /** The order in which a statement locks rows. */
  sorted: <K extends Key>(keys: Iterable<K>) => K[];
}): Database => {
  const { world, name, onCommit, losesAnswer, sorted } = options;
  const tables = new Map<Table, { id: number; rows: Map<Key, unknown> }>();
  const inbox = new Map<string, Date>();
  const outbox: OutboxRow[] = [];
  const outboxGrew = newSignal();
  const parked = new Map<number, { event: ParkedEvent; owner: Transaction | null }>();
  const locks = createLocks(world);
  const transactions = new Set<Transaction>();
  const sequences = { outbox: 0, parked: 0 };
  let awayUntil = 0;

  const tableOf = (table: object) => {
    const known = tables.get(table as Table) ?? { id: tables.size, rows: new Map<Key, unknown>() };
    tables.set(table as Table, known);
    return known;
  };

  const rollBack = (tx: Transaction) => {
    if (!tx.open) return;
    tx.open = false;
    transactions.delete(tx);
    for (const undo of tx.undo) undo();
    locks.releaseAll(tx);
  };

  /** A statement on its way to the server and back. */
  const statement = async (tx: Transaction) => {
    await world.step();
    if (!tx.open || world.now() < awayUntil) {
      rollBack(tx);
      throw lost(`${name} is away`);
    }
  };

  const lockRow = async (tx: Transaction, lock: string) => {
    // A statement locks row after row, and others come between.
    if (world.random.chance(0.2)) await world.step();
    await locks.acquire(tx, lock);
    if (tx.open) return;
    locks.release(tx, lock);
    throw lost(`${name} went away`);
  };

  /** An order's queue as an index scan meets it: row by row, waiting for those that others hold. */
  const scanQueue = async (tx: Transaction, correlationId: string): Promise<ParkedEvent[]> => {
    const found: ParkedEvent[] = [];
    for (let seq = 0; ; ) {
      const after = [...parked.values()].filter(
        ({ event }) => event.correlationId === correlationId && event.seq > seq,
      );
      const next = after.toSorted((one, other) => one.event.seq - other.event.seq)[0];
      if (!next) return found;
      seq = next.event.seq;
      await lockRow(tx, `parked ${seq}`);
      const now = parked.get(seq);
      if (now?.event.correlationId === correlationId) found.push(now.event);
    }
  };

  const unitOf = (tx: Transaction): UnitOfWork => inTurn(statementsOf(tx));

  const statementsOf = (tx: Transaction): UnitOfWork => ({
    newId: world.random.uuid,
    readInbox: async (ids) => {
      await statement(tx);
      const anyParked = [...parked.values()].some(({ owner }) => owner === null);
      return {
        now: new Date(world.now()),
        taken: new Set(ids.filter((id) => inbox.has(id))),
        anyParked,
        anySkips: false,
      };
    },
    insertInbox: async (ids, takenAt) => {
      if (ids.length === 0) return;
      await statement(tx);
      for (const id of sorted(ids)) {
        await lockRow(tx, `inbox ${id}`);
        if (inbox.has(id)) throw duplicateKey(id);
      }
      tx.writes.push(() => ids.forEach((id) => void inbox.set(id, takenAt)));
      tx.done.recorded.push(...ids);
    },
    lock: async (table, keys) => {
      const { id, rows } = tableOf(table);
      const wanted = sorted(keys);
      if (wanted.length === 0) return [];
      await statement(tx);
      const found: unknown[] = [];
      for (const key of wanted) {
        const lock = `row ${id} ${key}`;
        // Nothing is locked where there is no row, not even one that somebody is about to add.
        if (!rows.has(key) && !locks.isHeldByOther(tx, lock)) continue;
        await lockRow(tx, lock);
        if (rows.has(key)) found.push(rows.get(key));
        else locks.release(tx, lock);
      }
      return found as never[];
    },
    insert: async (table, added) => {
      if (added.length === 0) return;
      const { id, rows } = tableOf(table);
      await statement(tx);
      for (const row of added) {
        const key = table.keyOf(row);
        await lockRow(tx, `row ${id} ${key}`);
        if (rows.has(key)) throw duplicateKey(String(key));
      }
      tx.writes.push(() => added.forEach((row) => void rows.set(table.keyOf(row), row)));
    },
    update: async (table, changed) => {
      if (changed.length === 0) return;
      const { id, rows } = tableOf(table);
      await statement(tx);
      for (const row of changed) await lockRow(tx, `row ${id} ${table.keyOf(row)}`);
      tx.writes.push(() => changed.forEach((row) => void rows.set(table.keyOf(row), row)));
    },
    appendToOutbox: async (events) => {
      if (events.length === 0) return;
      await statement(tx);
      // Numbers are given at once, and become visible at COMMIT: not in their order (R1).
      const said = events.map((event) => ({ ...event, traceparent: noTrace, seq: ++sequences.outbox }));
      tx.writes.push(() => {
        outbox.push(...said);
        outbox.sort((one, other) => one.seq - other.seq);
        world.notify(outboxGrew);
      });
      tx.done.said.push(...said);
    },
    lockQueues: async (ids) => {
      if (ids.length === 0) return new Set();
      await statement(tx);
      const held = new Set<string>();
      for (const id of sorted(ids)) if ((await scanQueue(tx, id)).length > 0) held.add(id);
      return held;
    },
    lockQueue: async (id) => {
      await statement(tx);
      return scanQueue(tx, id);
    },
    park: async (events) => {
      if (events.length === 0) return;
      await statement(tx);
      for (const event of events) {
        const added = { event: { ...event, seq: ++sequences.parked }, owner: tx as Transaction | null };
        parked.set(added.event.seq, added);
        // A new row is its transaction's own from the first.
        await locks.acquire(tx, `parked ${added.event.seq}`);
        tx.undo.push(() => parked.delete(added.event.seq));
        tx.writes.push(() => {
          added.owner = null;
        });
        tx.done.parked.push(added.event);
      }
    },
    countParkedTo: async (most) => Math.min(most, parked.size),
    whichParked: async (ids) =>
      new Set([...parked.values()].flatMap(({ event }) => (ids.includes(event.eventId) ? event.eventId : []))),
    lockSkips: async () => [],
    recordSkipped: async () => {},
    rewriteParked: async (before, change) => {
      await statement(tx);
      const event = { ...before, ...change };
      tx.writes.push(() => void parked.set(event.seq, { event, owner: null }));
    },
    removeParked: async ({ seq }) => {
      await statement(tx);
      tx.writes.push(() => void parked.delete(seq));
    },
    traceParked: async (event, action, _trace: Trace) => {
      await statement(tx);
      tx.done.traced.push({ event, action });
    },
  });

  const commit = async (tx: Transaction) => {
    await statement(tx);
    for (const write of tx.writes) write();
    tx.open = false;
    transactions.delete(tx);
    locks.releaseAll(tx);
    onCommit(tx.done);
    const isLost = losesAnswer();
    // The process may die here, and not know.
    await world.step();
    if (isLost) throw lost('the answer to COMMIT');
  };

  return {
    name,
    storage: {
      transact: async (work) => {
        for (let attempt = 1; ; attempt++) {
          const tx: Transaction = {
            holds: new Set(),
            waitsFor: null,
            open: true,
            writes: [],
            undo: [],
            done: { recorded: [], parked: [], traced: [], said: [] },
          };
          transactions.add(tx);
          // The server sees that the connection is gone.
          world.current().onDeath.push(() => rollBack(tx));
          try {
            const result = await work(unitOf(tx));
            await commit(tx);
            return result;
          } catch (error) {
            rollBack(tx);
            if (attempt >= attempts || !(isConflict(error) || isDuplicateKey(error))) throw error;
            await world.sleep(world.random.between(1, 2 ** attempt));
          }
        }
      },
    },
    rows: <Row>(table: object) => [...tableOf(table).rows.values()] as Row[],
    seed: (table, rows) => {
      for (const row of rows) tableOf(table).rows.set((table as Table).keyOf(row), row);
    },
    outbox,
    outboxGrew,
    deleteFromOutbox: (seqs) => {
      const gone = new Set(seqs);
      outbox.splice(0, outbox.length, ...outbox.filter(({ seq }) => !gone.has(seq)));
    },
    inbox,
    parked: () => [...parked.values()].filter(({ owner }) => owner === null).map(({ event }) => event),
    deadlocks: locks.deadlocks,
    goAway: (ms) => {
      awayUntil = world.now() + ms;
      for (const tx of [...transactions]) rollBack(tx);
    },
    lease: { holder: '', until: 0 },
  };
};

export const ascending = <K extends Key>(keys: Iterable<K>): K[] => [...keys].sort((a, b) => (a < b ? -1 : 1));

const noTrace = '00-00000000000000000000000000000001-0000000000000001-01';
