import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { topicLifetime } from '../topic-shape.ts';
import { readTopicLifetime } from '../topics.ts';

describe('R21: how long a record can stay in a topic', () => {
  let scratch: ScratchKafka;
  beforeAll(() => {
    scratch = scratchKafka();
  });
  afterAll(() => scratch?.drop());

  /** The broker tells of a change a moment after it was made. */
  const lifetimeBecomes = (topics: string[], expected: number) =>
    until(`${expected}`, async () => (await readTopicLifetime(scratch.kafka, topics)) === expected, 15_000);

  it('is known of topics as the setup makes them', async () => {
    expect(await readTopicLifetime(scratch.kafka, [await scratch.newTopic(1)])).toBe(topicLifetime);
  });

  it('is that of the longest-lived one, with the segment that it is removed with', async () => {
    const day = 86_400_000;
    const topics = [
      await scratch.newTopic(1),
      await scratch.newTopic(1, { 'retention.ms': String(30 * day), 'segment.ms': String(2 * day) }),
    ];
    await lifetimeBecomes(topics, 32 * day);
  });

  it('is without end where the topic is kept for ever', async () => {
    const topics = [await scratch.newTopic(1), await scratch.newTopic(1, { 'retention.ms': '-1' })];
    await lifetimeBecomes(topics, Number.POSITIVE_INFINITY);
  });
});
