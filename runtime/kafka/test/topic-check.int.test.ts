import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { brokers, scratchName } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { checkTopics, UnsafeTopics } from '../topic-check.ts';
import { ensureTopics, TooFewBrokers } from '../topics.ts';

describe('A3: topics of a shape that is not ours', () => {
  let scratch: ScratchKafka;
  beforeAll(() => {
    scratch = scratchKafka();
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(() => scratch?.drop());

  /** What is warned of, and what is refused, with the command apart. */
  const check = async (...topics: string[]) => {
    const warned: string[] = [];
    const found = { topics, partitions: 2, brokers: brokers() };
    const refused = await checkTopics(scratch.kafka, found, (line) => warned.push(line)).then(
      () => [],
      (error: unknown) => {
        if (!(error instanceof UnsafeTopics)) throw error;
        return error.message.split('\n').slice(1);
      },
    );
    const withoutTopic = (line: string) => line.replace(/^topic \S+: /, '').replace(/: .*/, '');
    return { warned: warned.map(withoutTopic), refused: refused.map(withoutTopic) };
  };
  /** The broker tells of a change a moment after it was made. */
  const becomes = (topic: string, expected: Awaited<ReturnType<typeof check>>) =>
    until(
      JSON.stringify(expected),
      async () => JSON.stringify(await check(topic)) === JSON.stringify(expected),
      15_000,
    );
  const foreign = { 'cleanup.policy': 'compact', 'retention.ms': '60000', 'compression.type': 'zstd' };

  it('as the setup makes them, there is nothing to say', async () => {
    expect(await check(await scratch.newTopic(2))).toEqual({ warned: [], refused: [] });
  });

  it('one partition, compacted, kept for a minute and compressed: each is named', async () => {
    await becomes(await scratch.newTopic(1, foreign), {
      warned: [
        'cleanup.policy is compact, not delete',
        'retention.ms is 60000, not 604800000',
        'compression.type is zstd, not uncompressed',
        'it has 1 partition, not 2',
      ],
      refused: [],
    });
  });

  it('in production what can lose events is refused, and the rest is named', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    await becomes(await scratch.newTopic(1, foreign), {
      warned: ['compression.type is zstd, not uncompressed', 'it has 1 partition, not 2'],
      refused: ['cleanup.policy is compact, not delete', 'retention.ms is 60000, not 604800000'],
    });
  });

  it('in production what loses nothing is only named', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    await becomes(await scratch.newTopic(2, { 'compression.type': 'lz4' }), {
      warned: ['compression.type is lz4, not uncompressed'],
      refused: [],
    });
  });

  it('those that do not exist yet are passed over', async () => {
    expect(await check(scratchName('topic'))).toEqual({ warned: [], refused: [] });
  });

  it('more copies than there are brokers: it says what to do', async () => {
    const wanted = { partitions: 1, replication: 3 };
    await expect(ensureTopics(scratch.kafka, [scratchName('topic')], wanted)).rejects.toThrow(TooFewBrokers);
  });
});
