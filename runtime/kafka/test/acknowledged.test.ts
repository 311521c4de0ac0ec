import { createRequire } from 'node:module';
import type { Kafka, Message, Producer, ProducerConfig } from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import { createPublisher, type Publisher } from '../producer.ts';

const require = createRequire(import.meta.url);
const createProducer = require('kafkajs/src/producer') as (parts: object) => Producer;
const { KafkaJSProtocolError } = require('kafkajs/src/errors') as {
  KafkaJSProtocolError: new (error: { type: string; code: number; retriable: boolean }) => Error;
};

const topic = 'topic';

type Produced = {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
  }[];
};

/**
 * Two brokers and a topic, as far as kafkajs' producer sees them; what decides which broker gets what is kafkajs' own code.
 * @param partitions the node that leads each partition; what a refresh of the metadata finds is set by `move`
 */
const startTwoBrokers = (...partitions: number[]) => {
  let [known, present] = [partitions, partitions];
  const log: { partition: number; value: string }[] = [];
  const findTopicPartitionMetadata = () => known.map((leader, partitionId) => ({ partitionId, leader }));
  const brokers = [1, 2].map((nodeId) => ({
    nodeId,
    produce: async ({ topicData }: Produced) => {
      const taken = topicData.flatMap((each) => each.partitions);
      if (taken.some(({ partition }) => present[partition] !== nodeId))
        throw new KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true });
      for (const { partition, messages } of taken)
        log.push(...messages.map(({ value }) => ({ partition, value: String(value) })));
      return {
        topics: [{ topicName: topic, partitions: taken.map(({ partition }) => ({ partition, errorCode: 0 })) }],
      };
    },
    initProducerId: async () => ({ producerId: '1', producerEpoch: 0 }),
  }));
  const refreshMetadata = async () => {
    known = present;
  };
  const cluster = {
    connect: async () => {},
    disconnect: async () => {},
    isConnected: () => true,
    addMultipleTargetTopics: async () => {},
    refreshMetadata,
    refreshMetadataIfNecessary: async () => {},
    findTopicPartitionMetadata,
    findLeaderForPartitions: (_: string, wanted: readonly string[]) =>
      Object.groupBy(
        wanted.map(Number).filter((partition) => known[partition] !== undefined),
        (partition) => String(known[partition]),
      ),
    findBroker: async ({ nodeId }: { nodeId: string | number }) => brokers[Number(nodeId) - 1],
    findControllerBroker: async () => brokers[0],
  };
  const logger = { namespace: () => logger, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return {
    clientOf: () =>
      ({ producer: (config: ProducerConfig) => createProducer({ ...config, cluster, logger }) }) as unknown as Kafka,
    /** Another broker leads a partition from now on, or there are more or fewer of them; kafkajs learns of it by a refusal. */
    move: (...leaders: number[]) => {
      present = leaders;
    },
    log,
  };
};

describe('A1: what a cluster has acknowledged', () => {
  let publisher: Publisher | undefined;
  afterEach(() => publisher?.close());

  const values = Array.from({ length: 40 }, (_, index) => String(index));
  const records = values.map((value) => ({ topic, key: `key ${value}`, headers: {}, value: Buffer.from(value) }));
  const inLog = (log: readonly { value: string }[]) => [...new Set(log.map(({ value }) => value))].sort();
  const publish = (cluster: ReturnType<typeof startTwoBrokers>) => {
    publisher = createPublisher(cluster.clientOf);
    return publisher.publish(records);
  };

  it.each([
    ['moves to a broker that has already answered', [1, 1]],
    ['moves to another broker, and the other one moves as well', [2, 1]],
    ['is no longer there', [1]],
    ['is led by the same broker as another one that moved', [2, 2]],
    ['has new ones beside it', [1, 1, 1, 2]],
  ])('A1: a partition %s while it is published to: what is acknowledged is in Kafka', async (_, leaders) => {
    const cluster = startTwoBrokers(1, 2);
    cluster.move(...leaders);
    const first = await publish(cluster).then(
      () => 'acknowledged',
      () => 'uncertain',
    );
    if (first === 'acknowledged') expect(inLog(cluster.log)).toEqual(values.toSorted());
    // What is uncertain is published again, as the relay does.
    await publisher?.publish(records);
    expect(inLog(cluster.log)).toEqual(values.toSorted());
  });

  it('A1: says that it is uncertain where kafkajs says that all is well', async () => {
    const cluster = startTwoBrokers(1, 2);
    cluster.move(1, 1);
    await expect(publish(cluster)).rejects.toThrow(/acknowledged .* of .* partitions/);
  });

  it('A1: what all brokers take at once is published once', async () => {
    const cluster = startTwoBrokers(1, 2, 1, 2);
    await publish(cluster);
    expect(cluster.log.map(({ value }) => value).toSorted()).toEqual(values.toSorted());
  });
});
