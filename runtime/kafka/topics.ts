import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Kafka } from 'kafkajs';
import { defaultReplication, topicConfig } from './topic-shape.ts';

/**
 * Creates the topics that are missing; those that exist stay as they are (their partition count is never changed, R17), and
 * `checkTopics` says where they are not as they should be.
 * @param options.replication how many brokers hold each event; without: three, or as many as there are
 */
export const ensureTopics = async (
  kafka: Kafka,
  topics: readonly string[],
  options: { partitions: number; replication?: number | undefined },
): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    // Makes a new broker create what it keeps groups in, now, rather than when the first consumer joins and is turned away.
    await admin.describeGroups(['setup']);
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length === 0) return;
    const { brokers } = await admin.describeCluster();
    const { partitions, replication = defaultReplication(brokers.length) } = options;
    const configEntries = Object.entries(topicConfig(replication)).map(([name, value]) => ({ name, value }));
    const topicOf = (topic: string) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries,
    });
    // kafkajs' own wait for leaders fails when it asks a broker that has not heard of the new topics yet.
    await admin.createTopics({ waitForLeaders: false, topics: missing.map(topicOf) }).catch((error: unknown) => {
      throw lacksBrokers(error) ? new TooFewBrokers(replication, error) : error;
    });
    await askUntilKnown(() => admin.fetchTopicMetadata({ topics: missing }));
  } finally {
    await admin.disconnect();
  }
};

/**
 * Asks about topics that may have been created a moment ago, again while the broker that answers has not heard of them or of their leaders.
 * @throws the last answer when that takes longer than a minute, and any other error at once
 */
export const askUntilKnown = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { type } = error as { type?: string };
      const isUnknown = type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE';
      if (!isUnknown || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
};

/** Kafka has fewer brokers than should hold each event. */
export class TooFewBrokers extends Error {
  override readonly name = 'TooFewBrokers';

  constructor(replication: number, cause: unknown) {
    super(
      `Kafka has too few brokers to hold each event ${replication} times: start the others, or set KAFKA_REPLICATION to how many there are.`,
      { cause },
    );
  }
}

const lacksBrokers = (error: unknown): boolean => {
  const { errors = [] } = error as { errors?: readonly { type?: string }[] };
  return errors.some(({ type }) => type === 'INVALID_REPLICATION_FACTOR');
};

/** How long (ms) a record can stay in the longest-lived of these topics, by what the broker says; Infinity where it is kept for ever. */
export const readTopicLifetime = async (kafka: Kafka, topics: readonly string[]): Promise<number> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        // Node does not see this name in the CommonJS module; its default export has it.
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['retention.ms', 'segment.ms'],
      })),
    });
    return Math.max(
      ...resources.map(({ configEntries }) => {
        const value = (name: string) =>
          Number(configEntries.find(({ configName }) => configName === name)?.configValue);
        return value('retention.ms') < 0 ? Number.POSITIVE_INFINITY : value('retention.ms') + value('segment.ms');
      }),
    );
  } finally {
    await admin.disconnect();
  }
};
