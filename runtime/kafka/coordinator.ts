import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createAnother, retry } from './client.ts';

/** How long (ms) the coordinator may take. */
const patience = 30_000;

/**
 * Whether the coordinator of a group answers, asked over connections of its own: a client that gets nothing from its group learns from it
 * whether Kafka is away or the client is broken. Resolves to false also when there is no answer within half a minute.
 */
export const coordinatorAnswers = async (kafka: Kafka, groupId: string): Promise<boolean> => {
  const { kafka: another, closeForGood } = createAnother(kafka, { retry: { ...retry, retries: 3 } });
  const admin = another.admin();
  const ask = async () => {
    await admin.connect();
    await admin.describeGroups([groupId]);
    return true;
  };
  try {
    return await Promise.race([ask().catch(() => false), delay(patience, false, { ref: false })]);
  } finally {
    closeForGood();
  }
};
