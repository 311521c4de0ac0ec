import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@quadrille/process/log';
import { within } from '@quadrille/process/within';
import type { Cluster, Consumer } from 'kafkajs';
import { NoTopicIds, readTopicIds, type TopicIds } from './topic-ids.ts';

type Place = { readonly topic: string; readonly partition: number };

/** How far a partition has been read, and of which topic. It is another one after each joining, and when it is read from its beginning. */
export type Position = Place & {
  /** Undefined: not known. */
  id: string | undefined;
  /** The offset that is read next. Undefined: it is read from its beginning, and nothing has come of it yet. */
  next: bigint | undefined;
};

export type TopicIdentity = {
  /** Resolves when everything assigned by the last joining was compared with the topics there are, or could not be. */
  readonly checked: () => Promise<void>;
  readonly positionOf: (place: Place) => Position | undefined;
  /** False when this partition is read from another position by now: what was fetched before must neither be resolved nor committed. */
  readonly isCurrent: (position: Position) => boolean;
  /** Resolves when nothing is asked any more: kafkajs would connect again for it. */
  readonly stop: () => Promise<void>;
};

/** How often the topics are looked at (ms), how long a look may take, and how often it is tried when the group has changed. */
const lookEvery = 3_000;
const patience = 5_000;
const [attempts, between] = [3, 300];

/** Metadata of a committed offset: which topic the offset belongs to. */
export const commitMetadata = (id: string | undefined): string | null => (id === undefined ? null : `topic-id ${id}`);

/** The topic id that was committed with an offset; undefined where others have committed, or an older version of ours. */
export const topicIdOf = (metadata: string | null | undefined): string | undefined =>
  metadata?.match(/^topic-id (\S+)$/)?.[1];

/**
 * An offset is a place in one log. When a topic is deleted and made again, or its log has become shorter, the records up to that place
 * would be passed over without a word (A5). This notices it, says it, and reads such partitions from their beginning: the one who handles the
 * records must drop those that it knows. Kafka is asked after each joining, before anything is handled, and every few seconds.
 * Where Kafka cannot be asked, the offsets are trusted. It does not see a log that became shorter and long again between two looks.
 * @param cluster what `consumer` is connected to: kafkajs shows it to the assigner of partitions
 * @param onRestart commits that this partition is read from this position
 */
export const watchTopicIdentity = (
  consumer: Consumer,
  cluster: Cluster,
  { groupId, log, onRestart }: { groupId: string; log: Log; onRestart: (position: Position, next: bigint) => void },
): TopicIdentity => {
  let owned: ReadonlyMap<string, Position> = new Map();
  const replace = (position: Position) => {
    owned = new Map(owned).set(nameOf(position), position);
  };
  let joined = Promise.resolve();
  let latest = Promise.resolve();
  let looking = false;
  let stopped = false;
  let warned = false;

  const warnOnce = (error: unknown) => {
    if (warned) log.debug({ err: error }, 'the topic ids cannot be read');
    else
      log.warn(
        { err: error, groupId },
        'the topic ids cannot be read: a topic that is deleted and made again would not be noticed',
      );
    warned = true;
  };

  const look = async (): Promise<void> => {
    const before = owned;
    if (before.size === 0) return;
    // What is handled meanwhile moves them on, and the end of their log is asked for first.
    const positions = [...before.values()].map((position) => ({ ...position }));
    const ids = await readTopicIds(cluster, topicsOf(positions)).catch((error: unknown): TopicIds => {
      if (!(error instanceof NoTopicIds)) throw error;
      warnOnce(error);
      return new Map();
    });
    const madeAgain = positions.filter(({ topic, id }) => id !== undefined && (ids.get(topic) ?? id) !== id);
    const others = positions.filter((position) => !madeAgain.includes(position));
    if (stopped) return;
    const ends = await readOffsets(cluster, others, false);
    const shorter = others.filter(
      (position) => position.next !== undefined && (ends.get(nameOf(position)) ?? position.next) < position.next,
    );
    if (stopped) return;
    const starts = await readOffsets(cluster, [...madeAgain, ...shorter], true);
    if (stopped || before !== owned) return;

    for (const position of owned.values()) position.id ??= ids.get(position.topic);
    const restart = (some: readonly Position[], why: string) => {
      const known = some.filter((position) => starts.has(nameOf(position)));
      for (const position of known) {
        const next = starts.get(nameOf(position)) ?? 0n;
        const restarted = { ...position, id: ids.get(position.topic) ?? position.id, next };
        consumer.seek({ topic: position.topic, partition: position.partition, offset: String(next) });
        replace(restarted);
        onRestart(restarted, next);
      }
      for (const topic of topicsOf(known))
        log.warn(
          {
            groupId,
            topic,
            partitions: known.filter((each) => each.topic === topic).map(({ partition }) => partition),
          },
          `${topic} ${why}; it is read from its beginning`,
        );
    };
    restart(madeAgain, 'was deleted and made again');
    restart(shorter, 'holds less than was read of it (an unclean election of a leader, or restored from a copy)');
  };

  const lookAtJoin = async (): Promise<void> => {
    for (let attempt = 1; !stopped; attempt++) {
      const before = owned;
      try {
        const committed = await within(patience, readCommitted(cluster, groupId, [...before.values()]));
        if (before !== owned || stopped) return;
        for (const [name, position] of before) {
          const { next, id } = committed.get(name) ?? {};
          position.next = next;
          position.id = next === undefined ? undefined : (id ?? position.id);
        }
        return await within(patience, look());
      } catch (error) {
        if (stopped) return;
        if (attempt >= attempts) return warnOnce(error);
        await delay(between);
      }
    }
  };

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const places = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    owned = new Map(
      places.map((place) => [nameOf(place), { ...place, id: owned.get(nameOf(place))?.id, next: undefined }]),
    );
    joined = lookAtJoin();
  });
  const lookAgain = async () => {
    looking = true;
    await joined;
    if (!stopped)
      await within(patience, look()).catch((error: unknown) =>
        log.debug({ err: error }, 'the topics could not be looked at; they are again, later'),
      );
    looking = false;
  };
  const timer = setInterval(() => {
    if (!looking) latest = lookAgain();
  }, lookEvery);
  timer.unref();

  return {
    checked: () => joined,
    positionOf: (place) => owned.get(nameOf(place)),
    isCurrent: (position) => owned.get(nameOf(position)) === position,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.all([joined, latest]);
    },
  };
};

const nameOf = ({ topic, partition }: Place) => `${topic}/${partition}`;
const topicsOf = (places: readonly Place[]) => [...new Set(places.map(({ topic }) => topic))];
const byTopic = (places: readonly Place[]) =>
  topicsOf(places).map((topic) => ({
    topic,
    partitions: places.filter((place) => place.topic === topic).map(({ partition }) => ({ partition, offset: '-1' })),
  }));

/** @param first the first offset that each partition holds, or else the one that its next record will get */
const readOffsets = async (
  cluster: Cluster,
  places: readonly Place[],
  first: boolean,
): Promise<ReadonlyMap<string, bigint>> => {
  const topics = await cluster.fetchTopicsOffset(byTopic(places).map((each) => ({ ...each, fromBeginning: first })));
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [nameOf({ topic, partition }), BigInt(offset)] as const),
    ),
  );
};

/** What the group has committed of these partitions, where it has. */
const readCommitted = async (cluster: Cluster, groupId: string, places: readonly Place[]) => {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { responses } = await coordinator.offsetFetch({ groupId, topics: byTopic(places) });
  return new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => BigInt(offset) >= 0n)
        .map((each) => {
          const metadata = 'metadata' in each && typeof each.metadata === 'string' ? each.metadata : null;
          return [nameOf({ topic, ...each }), { next: BigInt(each.offset), id: topicIdOf(metadata) }] as const;
        }),
    ),
  );
};
