import { createHash } from 'node:crypto';
import type { Delivered } from '@quadrille/participant/input';
import { newSignal, type Signal, type World } from './world.ts';

/** A record's place: topic and partition. */
type Place = string;

export type Kafka = {
  readonly publish: (topic: string, record: Omit<Delivered, 'topic' | 'partition' | 'offset'>) => Delivered;
  readonly grew: Signal;
  readonly records: (topic: string) => readonly Delivered[];
  readonly group: (name: string, topics: readonly string[]) => Group;
};

export type Group = {
  readonly join: () => Member;
  /** True when all of its records are processed and committed. */
  readonly isThrough: () => boolean;
  /** Deals the partitions anew among the members. */
  readonly rebalance: () => void;
};

/** A consumer. It learns of a rebalance when it polls next: until then it works on what is another's already. */
export type Member = {
  /** Of each partition in order; between partitions in any. */
  readonly poll: (limit: number) => readonly Delivered[];
  /** Polls go on after these records. */
  readonly moveOn: (records: readonly Delivered[]) => void;
  /** Commits how far the polls are. Refused when a rebalance has come between. */
  readonly commit: () => void;
  readonly leave: () => void;
};

const partitions = 3;

export const createKafka = (world: World): Kafka => {
  const logs = new Map<Place, Delivered[]>();
  const grew = newSignal();
  const logOf = (place: Place): Delivered[] => {
    const log = logs.get(place) ?? [];
    logs.set(place, log);
    return log;
  };
  const placesOf = (topic: string) => Array.from({ length: partitions }, (_, index) => `${topic}/${index}`);

  return {
    publish: (topic, record) => {
      // Without a key it may go anywhere.
      const partition =
        record.key === null
          ? world.random.between(0, partitions - 1)
          : (createHash('sha1').update(record.key).digest()[0] ?? 0) % partitions;
      const log = logOf(`${topic}/${partition}`);
      const delivered = { ...record, topic, partition, offset: String(log.length) };
      log.push(delivered);
      world.notify(grew);
      return delivered;
    },
    grew,
    records: (topic) => placesOf(topic).flatMap(logOf),
    group: (_name, topics) => createGroup(world, topics.flatMap(placesOf), logOf),
  };
};

type Assigned = { generation: number; readonly positions: Map<Place, number> };

const createGroup = (world: World, places: readonly Place[], logOf: (place: Place) => Delivered[]): Group => {
  const committed = new Map<Place, number>();
  const members = new Map<symbol, Place[]>();
  let generation = 0;

  const rebalance = () => {
    generation++;
    const names = [...members.keys()];
    for (const name of names) members.set(name, []);
    for (const place of world.random.shuffle(places)) {
      const [first, ...others] = names;
      if (first) members.get(world.random.pick([first, ...others]))?.push(place);
    }
  };

  return {
    isThrough: () => places.every((place) => (committed.get(place) ?? 0) === logOf(place).length),
    rebalance,
    join: () => {
      const me = Symbol();
      members.set(me, []);
      rebalance();
      const mine: Assigned = { generation: 0, positions: new Map() };
      return {
        poll: (limit) => {
          if (mine.generation !== generation) {
            mine.generation = generation;
            mine.positions.clear();
            for (const place of members.get(me) ?? []) mine.positions.set(place, committed.get(place) ?? 0);
          }
          const left = [...mine.positions].map(([place, position]) => logOf(place).slice(position));
          const batch: Delivered[] = [];
          for (;;) {
            const [first, ...others] = left.filter((records) => records.length > 0);
            if (!first || batch.length === limit) return batch;
            const record = world.random.pick([first, ...others]).shift();
            if (record) batch.push(record);
          }
        },
        moveOn: (records) => {
          for (const { topic, partition, offset } of records) {
            const place = `${topic}/${partition}`;
            if (mine.positions.has(place)) mine.positions.set(place, Number(offset) + 1);
          }
        },
        commit: () => {
          if (mine.generation !== generation || !members.has(me)) return;
          for (const [place, position] of mine.positions) committed.set(place, position);
        },
        leave: () => {
          members.delete(me);
          rebalance();
        },
      };
    },
  };
};
