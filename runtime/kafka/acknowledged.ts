import type { ICustomPartitioner, Message, RecordMetadata, TopicMessages } from 'kafkajs';
import { partitioner } from './partitioner.ts';

/** Knows which partition each message of a producer goes to, and so what a broker must have answered for. */
export type Acknowledgements = {
  /** For the producer. A message keeps its partition in all of kafkajs' tries, also when the topic gets more partitions in between. */
  readonly createPartitioner: ICustomPartitioner;
  /** @throws when a partition that a message was sent to is missing in what `sendBatch` answered */
  readonly check: (sent: readonly TopicMessages[], answer: readonly RecordMetadata[]) => void;
};

/**
 * kafkajs 2.2.4 resolves a send although it has not sent all of it (A1, https://github.com/tulios/kafkajs/issues/1303): when it tries again
 * it asks only the brokers that have not answered yet, and one that has answered may have become the leader of a partition that failed;
 * and it leaves out a partition that is no longer in its metadata. Only the answer tells.
 */
export const trackAcknowledgements = (): Acknowledgements => {
  const partitions = new WeakMap<Message, number>();
  return {
    createPartitioner: () => {
      const choose = partitioner();
      return (choice) => {
        const partition = partitions.get(choice.message) ?? choose(choice);
        partitions.set(choice.message, partition);
        return partition;
      };
    },
    check: (sent, answer) => {
      const wanted = new Set(
        sent.flatMap(({ topic, messages }) => messages.map((message) => nameOf(topic, partitions.get(message)))),
      );
      const acknowledged = new Set(
        answer
          .filter(({ errorCode }) => errorCode === 0)
          .map(({ topicName, partition }) => nameOf(topicName, partition)),
      );
      const missing = [...wanted].filter((partition) => !acknowledged.has(partition));
      if (missing.length === 0) return;
      throw new Error(
        `Kafka has acknowledged ${wanted.size - missing.length} of ${wanted.size} partitions that were published to (not ${missing[0]}); publish again`,
      );
    },
  };
};

const nameOf = (topic: string, partition: number | undefined) => `${topic}/${partition}`;
