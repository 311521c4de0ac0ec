import type { UnitOfWork } from '@quadrille/db/storage';
import { forEachService } from '@quadrille/services';
import type { Database } from './memory-storage.ts';
import type { Decide, Mutation } from './mutation.ts';

type Answer = ReturnType<Decide>;

/** Asks the database in another way. */
const asking =
  (change: (unit: UnitOfWork, database: Database) => Partial<UnitOfWork>): NonNullable<Mutation['storage']> =>
  (storage, database) => ({
    transact: (work) => storage.transact((unit) => work({ ...unit, ...change(unit, database) })),
  });

/** Changes what a rule answers. */
const answering =
  (change: (answer: Answer) => Answer) =>
  (decide: Decide): Decide =>
  (state, event, now) =>
    change(decide(state, event, now));

const withoutTombstone = ({ state, ...answer }: Answer): Answer => {
  const isTombstone = Object.values(state ?? {}).some(
    (row) => (row as { status?: string } | null)?.status === 'tombstone',
  );
  return state && !isTombstone ? { ...answer, state } : answer;
};

const silentAboutNothing = ({ emit, ...answer }: Answer): Answer => ({
  ...answer,
  ...(emit && {
    emit: emit.filter(({ data }: { data: unknown }) => (data as { outcome?: string }).outcome !== 'nothing-to-undo'),
  }),
});

/** Shows the rule an order as if it had just been submitted, whatever became of it. */
const forgetful =
  (decide: Decide): Decide =>
  (state, event, now) => {
    const { order } = state as { order?: object };
    return decide(
      (order ? { ...(state as object), order: { ...order, status: 'submitted' } } : state) as never,
      event,
      now,
    );
  };

/** Two transactions that lock the same rows do so in opposite orders. */
const backAndForth = (): NonNullable<Mutation['sorted']> => {
  let turn = 0;
  return (keys) => (turn++ % 2 === 0 ? [...keys] : [...keys].reverse());
};

/** Each takes one thing away that keeps the system correct. The simulation is worth something only if it finds them all. */
export const mutants: Readonly<Record<string, Mutation>> = {
  'the inbox knows nothing': {
    storage: asking((unit, { inbox }) => ({
      readInbox: async (ids) => ({ ...(await unit.readInbox(ids)), taken: new Set() }),
      insertInbox: (ids, at) =>
        unit.insertInbox(
          ids.filter((id) => !inbox.has(id)),
          at,
        ),
    })),
  },
  'no tombstones': {
    rules: forEachService(() => answering(withoutTombstone)),
  },
  'the order row decides no races': { rules: { order: forgetful } },
  'later events overtake a parked one': { storage: asking(() => ({ lockQueues: async () => new Set() })) },
  'queues are read without their lock': {
    storage: asking((_, database) => ({
      lockQueues: async (ids) =>
        new Set(
          database
            .parked()
            .map(({ correlationId }) => correlationId)
            .filter((id) => ids.includes(id)),
        ),
    })),
  },
  'locks in any order': { sorted: backAndForth() },
  'no answer when there was nothing to undo': {
    rules: forEachService(() => answering(silentAboutNothing)),
  },
  'offsets move before the commit': { offsets: 'wrong' },
  'the relay deletes before Kafka has it': { relay: 'wrong' },
};
