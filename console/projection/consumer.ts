import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@quadrille/db/connect';
import type { createClient } from '@quadrille/kafka/client';
import { type IncomingRecord, type RunningConsumer, startConsumer } from '@quadrille/kafka/consumer';
import { takeOverGroup } from '@quadrille/kafka/groups';
import type { Log } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import { type Learned, project } from './batch.ts';
import { live, openGate } from './tables.ts';

/** Its consumer group is named after it. Permanent: by another name it would read everything again. */
export const projectionName = 'console';

/** Records in one transaction. */
const batchLimit = 2_000;
const longestWait = 10_000;

export type Projection = {
  readonly isReady: () => boolean;
  /** Why the read model stands still; null: it does not. */
  readonly trouble: () => string | null;
  readonly stop: () => Promise<void>;
};

/** Keeps the read model up to date with the topics. After any error it tries again: only the console waits for it. */
export const startProjection = async (options: {
  pool: Pool;
  kafka: ReturnType<typeof createClient>;
  topics: readonly string[];
  group: string;
  onLearned: (learned: Learned) => void;
  onCrash: (error: Error) => void;
  log: Log;
}): Promise<Projection> => {
  const { pool, kafka, topics, group, onLearned, onCrash, log } = options;
  const stopping = new AbortController();
  let trouble: string | null = null;
  let isFirst = true;

  const learn = async (records: readonly IncomingRecord[]): Promise<undefined[]> => {
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt > 1 || isFirst) await openGate(pool);
        isFirst = false;
        onLearned(await project(pool, live, records));
        trouble = null;
        return records.map(() => undefined);
      } catch (error) {
        trouble = (error as Error).message;
        log.warn({ err: error, attempt, records: records.length }, 'the read model cannot be written; trying again');
        await delay(Math.min(longestWait, 100 * 2 ** attempt) * (0.5 + Math.random() / 2), undefined, {
          signal: stopping.signal,
        });
      }
    }
  };
  const queue = createQueue<IncomingRecord, undefined>(learn, batchLimit);
  // Releases before this one named the group without a prefix.
  await takeOverGroup(kafka, { groupId: group, former: projectionName, topics, log });
  const consumer: RunningConsumer = await startConsumer(kafka, {
    groupId: group,
    topics,
    handle: async (records) => void (await queue.add(records)),
    onCrash,
    log,
  });
  return {
    isReady: consumer.isJoined,
    trouble: () => trouble,
    stop: async () => {
      // What cannot be written by then is delivered again at the next start.
      const patience = setTimeout(() => stopping.abort(), 3_000);
      await consumer.stop();
      clearTimeout(patience);
    },
  };
};
