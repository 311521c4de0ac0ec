import kafkajs, { type Kafka } from 'kafkajs';
import { asking } from './offsets.ts';
import {
  type ActualTopic,
  defaultReplication,
  type TopicDifference,
  topicConfig,
  topicDifferences,
} from './topic-shape.ts';
import { askUntilKnown } from './topics.ts';

/** Kafka may lose events of these topics. The message says of each why, and what mends it. */
export class UnsafeTopics extends Error {
  override readonly name = 'UnsafeTopics';
}

type TopicCheck = {
  readonly topics: readonly string[];
  readonly partitions: number;
  /** How many brokers should hold each event; without: three, or as many as there are. */
  readonly replication?: number | undefined;
  /** `HOST:PORT` of the brokers, for the commands that mend. */
  readonly brokers: readonly string[];
};

/** How the topics that exist differ from those that `ensureTopics` makes. One that does not exist yet is not looked at. */
export const findTopicDifferences = async (kafka: Kafka, check: TopicCheck): Promise<TopicDifference[]> => {
  const { brokers, actual } = await readTopics(kafka, check.topics);
  const { partitions, replication = defaultReplication(brokers.length) } = check;
  const expected = { partitions, replication, brokers, bootstrap: check.brokers.join(',') };
  return actual.flatMap((topic) => topicDifferences(expected, topic));
};

/**
 * Warns of each way in which topics are not as they should be.
 * @throws UnsafeTopics where NODE_ENV is `production` and events can be lost
 */
export const checkTopics = async (kafka: Kafka, check: TopicCheck, warn: (message: string) => void): Promise<void> => {
  const differences = await findTopicDifferences(kafka, check);
  const line = ({ what, mend }: TopicDifference) => `${what}; mend it: ${mend}`;
  const refused = process.env.NODE_ENV === 'production' ? differences.filter(({ losesEvents }) => losesEvents) : [];
  for (const difference of differences) if (!refused.includes(difference)) warn(line(difference));
  if (refused.length > 0) throw new UnsafeTopics(`Kafka can lose events\n${refused.map(line).join('\n')}`);
};

const readTopics = (kafka: Kafka, wanted: readonly string[]): Promise<{ brokers: number[]; actual: ActualTopic[] }> =>
  asking(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const topics = wanted.filter((topic) => existing.has(topic));
    const { brokers } = await admin.describeCluster();
    const ids = brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
    if (topics.length === 0) return { brokers: ids, actual: [] };
    const resources = topics.map((name) => ({
      // Node does not see this name in the CommonJS module; its default export has it.
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(topicConfig(1)),
    }));
    const [metadata, configs] = await Promise.all([
      askUntilKnown(() => admin.fetchTopicMetadata({ topics })),
      askUntilKnown(() => admin.describeConfigs({ includeSynonyms: false, resources })),
    ]);
    const actual = metadata.topics.map(({ name, partitions }): ActualTopic => {
      const entries = configs.resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
      return {
        topic: name,
        partitions: partitions
          .map(({ partitionId, replicas }) => ({ partition: partitionId, replicas }))
          .sort((a, b) => a.partition - b.partition),
        config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
      };
    });
    return { brokers: ids, actual };
  });
