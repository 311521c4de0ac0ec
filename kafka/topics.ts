import type { Kafka } from 'kafkajs';

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
        configEntries: [{ name: 'retention.ms', value: String(14 * 86_400_000) }],
      })),
    });
  } finally {
    await admin.disconnect();
  }
};
