import type { Event } from '@quadrille/contracts/event';
import type { Rows } from '@quadrille/db/rows';
import type { UnitOfWork } from '@quadrille/db/storage';
import type { Participant } from './decide.ts';

/** What the fold needs to know of an input to find its rows. */
type Subject<E extends Event> = {
  readonly correlationId: string;
  readonly event: E | null;
  /** Rows that a command names itself, by part of the state; the other parts find theirs by `key`. */
  readonly keys?: Readonly<Partial<Record<string, Key>>> | undefined;
};

export type Key = string | number;
type AnyRows = Rows<unknown, Key>;

/** All rows that a batch may read or change, held in memory between their locking read and their one write. */
export type BatchState<State, E extends Event> = {
  readonly of: (subject: Subject<E>) => State;
  readonly put: (change: Partial<State>) => void;
  readonly save: (unit: UnitOfWork) => Promise<void>;
};

/** Rows that were locked before it was known which of them are needed, by part of the state. */
export type LockedAhead = ReadonlyMap<string, { readonly keys: ReadonlySet<Key>; readonly found: readonly unknown[] }>;

/**
 * Locks the rows whose keys the inputs say themselves, so that it can go along with the look into the inbox. A part of which another row says
 * some key is left to `loadState`: to lock it in two steps would not be in the order of keys.
 */
export const lockAhead = async <State extends object, E extends Event>(
  unit: UnitOfWork,
  participant: Participant<State, E>,
  subjects: readonly Subject<E>[],
): Promise<LockedAhead> => {
  const locking = (Object.keys(participant.state) as (keyof State & string)[]).map(async (name, index) => {
    const { rows, key } = participant.state[name];
    const keys = new Set<Key>();
    for (const subject of subjects) {
      const wanted = keyOf(name, key, subject, {});
      if (wanted !== undefined) keys.add(wanted);
      else if (index > 0) return;
    }
    return [name, { keys, found: await unit.lock(rows as unknown as AnyRows, keys) }] as const;
  });
  return new Map((await Promise.all(locking)).filter((part) => part !== undefined));
};

const keyOf = <State, E extends Event>(
  name: string,
  key: (correlationId: string, event: E | null, earlier: Partial<State>) => Key | undefined,
  { keys, correlationId, event }: Subject<E>,
  earlier: Partial<State>,
): Key | undefined => keys?.[name] ?? key(correlationId, event, earlier);

/** Loads and locks the rows for a whole batch: one statement for each part of the state that is not there yet, keys sorted. */
export const loadState = async <State extends object, E extends Event>(
  unit: UnitOfWork,
  participant: Participant<State, E>,
  subjects: readonly Subject<E>[],
  ahead: LockedAhead = new Map(),
): Promise<BatchState<State, E>> => {
  const parts: {
    name: keyof State;
    rows: AnyRows;
    memory: PartMemory;
    key: (subject: Subject<E>, earlier: Partial<State>) => Key | undefined;
  }[] = [];

  const assemble = (subject: Subject<E>): Partial<State> => {
    const state: Partial<State> = {};
    for (const part of parts) {
      const key = part.key(subject, state);
      state[part.name] = (key === undefined ? undefined : part.memory.get(key)) as State[keyof State];
    }
    return state;
  };

  for (const name of Object.keys(participant.state) as (keyof State & string)[]) {
    const { rows, key } = participant.state[name];
    const keyIn = (subject: Subject<E>, earlier: Partial<State>) => keyOf(name, key, subject, earlier);
    const known = ahead.get(name) ?? { keys: new Set<Key>(), found: [] };
    const missing = new Set<Key>();
    for (const subject of subjects) {
      const wanted = keyIn(subject, assemble(subject));
      if (wanted !== undefined && !known.keys.has(wanted)) missing.add(wanted);
    }
    const anyRows = rows as unknown as AnyRows;
    const found = [...known.found, ...(missing.size > 0 ? await unit.lock(anyRows, missing) : [])];
    const memory = partMemory(new Set([...known.keys, ...missing]), found, anyRows.keyOf);
    parts.push({ name, rows: anyRows, key: keyIn, memory });
  }

  return {
    of: (subject) => assemble(subject) as State,
    put: (change) => {
      for (const { name, rows, memory } of parts) {
        const row = change[name];
        if (row !== undefined) memory.set(rows.keyOf(row), row);
      }
    },
    save: async (unit) => {
      for (const { rows, memory } of parts) {
        const { added, changed } = memory.dirty();
        await unit.insert(rows, added);
        await unit.update(rows, changed);
      }
    },
  };
};

type PartMemory = {
  readonly get: (key: Key) => unknown;
  readonly set: (key: Key, row: unknown) => void;
  readonly dirty: () => { added: unknown[]; changed: unknown[] };
};

const partMemory = (asked: ReadonlySet<Key>, found: readonly unknown[], keyOf: (row: unknown) => Key): PartMemory => {
  const present = new Map(found.map((row) => [keyOf(row), row]));
  const stored = new Set(present.keys());
  const touched = new Set<Key>();
  return {
    get: (key) => {
      // A row that was not locked must not be taken for a row that does not exist.
      if (!asked.has(key) && !touched.has(key))
        throw new Error(`the row with key ${key} was not loaded for this batch`);
      return present.get(key);
    },
    set: (key, row) => {
      present.set(key, row);
      touched.add(key);
    },
    dirty: () => {
      const added: unknown[] = [];
      const changed: unknown[] = [];
      // Sorted, so that two transactions add rows in the same order and do not deadlock (R27).
      for (const key of [...touched].sort((a, b) => (a < b ? -1 : 1)))
        (stored.has(key) ? changed : added).push(present.get(key));
      return { added, changed };
    },
  };
};
