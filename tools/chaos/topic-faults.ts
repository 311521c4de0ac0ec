import { setTimeout as sleep } from 'node:timers/promises';
import { partitionsPerTopic } from '@quadrille/contracts/catalogue';
import { createClient } from '@quadrille/kafka/client';
import { ensureTopics } from '@quadrille/kafka/topics';
import type { Cluster } from '@quadrille/ops/cluster';
import { reconcile } from '@quadrille/ops/reconcile';
import { findUnpublishable, retryUnpublishable } from '@quadrille/ops/unpublishable';
import { createLog } from '@quadrille/process/log';

const author = { who: 'chaos', why: 'a topic was deleted and made again' };

/** Another fault may have Kafka or a database in its hands. */
const forCertain = async (work: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await sleep(500);
    }
  }
};

/**
 * Deletes a topic with all that it holds, and makes it again at once, as the setup does. What nobody had processed yet is brought back as an
 * operator does it: what was refused meanwhile is released, and `reconcile` publishes what somebody misses.
 */
export const makeTopicAgain = async (
  { brokers, cluster, replication }: { brokers: readonly string[]; cluster: Cluster; replication: number },
  topic: string,
): Promise<void> => {
  const log = createLog('chaos');
  log.level = 'silent';
  const kafka = createClient(brokers, 'chaos', log, { retry: { initialRetryTime: 200, retries: 10 } });
  const admin = kafka.admin();
  try {
    await forCertain(() => admin.connect());
    await forCertain(async () => {
      await admin.deleteTopics({ topics: [topic] });
      for (let tries = 0; tries < 100 && (await admin.listTopics()).includes(topic); tries++) await sleep(50);
    });
    await forCertain(async () => {
      await ensureTopics(kafka, [topic], { partitions: partitionsPerTopic, replication });
      if (!(await admin.listTopics()).includes(topic)) throw new Error('not there yet');
    });
  } finally {
    await admin.disconnect().catch(() => {});
  }
  await bringBack(cluster);
};

/**
 * What an operator does where events are missed. For some moments after a topic was made again brokers may still show what the old one held:
 * whoever looks then has to look once more. @returns how many events were published again
 */
export const bringBack = async (cluster: Cluster): Promise<number> => {
  await forCertain(async () => {
    if ((await findUnpublishable(cluster, {})).length > 0) await retryUnpublishable(cluster, {}, author);
  });
  let republished = 0;
  await forCertain(async () => {
    const report = await reconcile(cluster, author, { since: null, onMissed: () => {}, onProgress: () => {} });
    republished = Object.values(report).reduce((sum, each) => sum + each.republished, 0);
  });
  return republished;
};
