import kafkajs, { type Kafka } from 'kafkajs';

const day = 86_400_000;

/** How long (ms) Kafka keeps an event at least: longer than any outage of a consumer. */
const retention = 7 * day;
/** Kafka removes whole segments, when the youngest record in one is old enough; so a record can outlive the retention by this (ms). */
const segment = day;

/** How long (ms) a record can stay in a topic made by `ensureTopics`. */
export const topicLifetime = retention + segment;

/** Creates the topics that are missing; those that exist stay as they are (their partition count is never changed, R17). */
export const ensureTopics = async (
  kafka: Kafka,
  topics: readonly string[],
  options: { partitions: number; replication: number },
): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    // Makes a new broker create what it keeps groups in, now, rather than when the first consumer joins and is turned away.
    await admin.describeGroups(['setup']);
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((topic) => ({
        topic,
        numPartitions: options.partitions,
        replicationFactor: options.replication,
        configEntries: [
          { name: 'retention.ms', value: String(retention) },
          { name: 'segment.ms', value: String(segment) },
        ],
      })),
    });
  } finally {
    await admin.disconnect();
  }
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
