import { type Connecting, createClient } from '@quadrille/kafka/client';
import { type IncomingRecord, startConsumer } from '@quadrille/kafka/consumer';
import type { Visitor } from '@quadrille/kafka/reader';
import { ensureTopics } from '@quadrille/kafka/topics';
import { silentLog } from './log.ts';
import { brokers, scratchName } from './scratch.ts';
import { until } from './until.ts';

type Kafka = ReturnType<typeof createClient>;

/** Topics and groups of one test file, gone at its end. */
export type ScratchKafka = {
  readonly kafka: Kafka;
  /** To read topics with, in temporary groups that no other test has. */
  readonly visitor: Visitor;
  /** Makes further clients, for publishers. */
  readonly clientOf: (connecting: Connecting) => Kafka;
  /** @param config of the topic, beside what `ensureTopics` sets */
  readonly newTopic: (partitions?: number, config?: Readonly<Record<string, string>>) => Promise<string>;
  readonly configure: (topic: string, config: Readonly<Record<string, string>>) => Promise<void>;
  readonly newGroup: () => string;
  /** What a topic holds, from its beginning, once there is as much of it as asked. */
  readonly read: (topic: string, enough: (records: readonly IncomingRecord[]) => boolean) => Promise<IncomingRecord[]>;
  readonly drop: () => Promise<void>;
};

/** Sets these of a topic's settings, and all others to what the broker has by default. */
export const configureTopic = async (
  kafka: ReturnType<typeof createClient>,
  name: string,
  config: Readonly<Record<string, string>>,
): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  // 2: a topic.
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
  await admin.disconnect();
};

export const scratchKafka = (): ScratchKafka => {
  const kafka = createClient(brokers(), 'test', silentLog());
  const topics: string[] = [];
  const groups: string[] = [];
  const newGroup = () => {
    const group = scratchName('group');
    groups.push(group);
    return group;
  };
  return {
    kafka,
    visitor: { kafka, groupPrefix: `${scratchName('prefix')}-` },
    configure: (topic, config) => configureTopic(kafka, topic, config),
    clientOf: (connecting) => createClient(brokers(), 'test', silentLog(), connecting),
    newGroup,
    newTopic: async (partitions = 3, config = {}) => {
      const topic = scratchName('topic');
      topics.push(topic);
      await ensureTopics(kafka, [topic], { partitions, replication: 1 });
      if (Object.keys(config).length > 0) await configureTopic(kafka, topic, config);
      return topic;
    },
    read: async (topic, enough) => {
      const records: IncomingRecord[] = [];
      const consumer = await startConsumer(kafka, {
        groupId: newGroup(),
        topics: [topic],
        handle: async (some) => void records.push(...some),
        onCrash: () => {},
        log: silentLog(),
      });
      await until(`enough in ${topic}`, async () => enough(records));
      await consumer.stop();
      return records;
    },
    drop: async () => {
      const admin = kafka.admin();
      await admin.connect();
      // A group that never came to be, or still has a member that was left for dead, is no matter here.
      await admin.deleteGroups(groups).catch(() => {});
      if (topics.length > 0) await admin.deleteTopics({ topics });
      await admin.disconnect();
    },
  };
};
