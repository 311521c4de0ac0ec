import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@quadrille/contracts/catalogue';
import { createClient } from '@quadrille/kafka/client';
import { startConsumer } from '@quadrille/kafka/consumer';
import { createPublisher, type OutgoingRecord } from '@quadrille/kafka/producer';
import type { Log } from '@quadrille/process/log';
import type { Random } from '@quadrille/simulate/random';

/** Old events at hand, of all topics and any age. */
const kept = 5_000;
/** Bytes. */
const longest = 10_000;

/** Listens to everything, to publish some of it again later: twice, late, and out of order with the other topics. */
export const startDuplicates = async (brokers: readonly string[], random: Random, log: Log) => {
  const records: OutgoingRecord[] = [];
  const consumer = await startConsumer(createClient(brokers, 'chaos', log), {
    groupId: `chaos-${randomUUID()}`,
    topics,
    handle: async (arrived) => {
      for (const { topic, key, headers, value } of arrived) {
        // None of ours is as long: many of those at once would be more than a broker takes.
        if (key === null || value === null || value.length > longest) continue;
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
        const record = { topic, key: String(key), headers: Object.fromEntries(texts), value };
        if (records.length < kept) records.push(record);
        else records[random.between(0, kept - 1)] = record;
      }
    },
    onCrash: (error) => log.warn({ err: error }, 'the consumer of duplicates crashed'),
    log,
  });
  const publisher = createPublisher((connecting) => createClient(brokers, 'chaos', log, connecting));
  return {
    publishAgain: async (count: number): Promise<number> => {
      if (records.length === 0) return 0;
      const chosen = Array.from({ length: count }, () => records[random.between(0, records.length - 1)]);
      const again = chosen.flatMap((record) => record ?? []);
      // Another fault may have Kafka in its hands: what was taken may then come in more often still.
      for (;;) {
        try {
          await publisher.publish(again);
          return again.length;
        } catch (error) {
          log.warn({ err: error }, 'old events were not taken; again');
          await sleep(500);
        }
      }
    },
    stop: async () => {
      await consumer.stop();
      await publisher.close();
    },
  };
};
