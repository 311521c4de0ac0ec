import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { type RunningConsumer, startConsumer } from '../consumer.ts';
import { createPublisher, type Publisher } from '../producer.ts';

/** In ms; longer than a member that is not received stays in its group. */
const longerThanSession = 9_000;

describe('C3: the clock of a process', () => {
  let scratch: ScratchKafka;
  let publisher: Publisher;
  let consumer: RunningConsumer;
  beforeAll(() => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await consumer?.stop();
  });
  afterAll(async () => {
    await publisher?.close();
    await scratch?.drop();
  });

  it('C3: that was two hours ahead and is set right costs no member its place in the group', async () => {
    const topic = await scratch.newTopic(1);
    const handled: string[] = [];
    const crashed = vi.fn();
    consumer = await startConsumer(scratch.kafka, {
      ...{ groupId: scratch.newGroup(), topics: [topic], log: silentLog(), onCrash: crashed },
      handle: async (records) => void handled.push(...records.map(({ value }) => String(value))),
    });
    const publish = (value: string) =>
      publisher.publish([{ topic, key: 'key', headers: {}, value: Buffer.from(value) }]);
    await publish('before');
    await until('it is processed', async () => handled.includes('before'));
    const now = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 7_200_000);
    // Until it has told the coordinator that it lives, by this clock.
    await sleep(longerThanSession);
    expect(consumer.isJoined()).toBe(true);
    clock.mockRestore();
    await sleep(longerThanSession);
    expect(consumer.isJoined()).toBe(true);
    await publish('after');
    await until('it is processed', async () => handled.includes('after'));
    expect(crashed).not.toHaveBeenCalled();
  });
});
