import { describe, expect, it } from 'vitest';
import {
  type ActualTopic,
  type ExpectedTopic,
  minInsyncReplicas,
  topicConfig,
  topicDifferences,
} from '../topic-shape.ts';

const expected: ExpectedTopic = { partitions: 2, replication: 3, brokers: [1, 2, 3], bootstrap: 'kafka:9092' };

const topicWith = (config: Readonly<Record<string, string>>, replicas: readonly number[] = [1, 2, 3]): ActualTopic => ({
  topic: 'orders',
  partitions: [0, 1].map((partition) => ({ partition, replicas })),
  config: { ...topicConfig(replicas.length), ...config },
});

const week = 7 * 86_400_000;

describe('A3: how a topic differs from one of ours', () => {
  it.each([
    ['it is compacted', 'cleanup.policy', 'compact', 'delete', true],
    ['it is compacted and deleted', 'cleanup.policy', 'compact,delete', 'delete', true],
    ['it is kept for a minute', 'retention.ms', '60000', String(week), true],
    ['it is kept for no time', 'retention.ms', '0', String(week), true],
    ['it is kept up to a size', 'retention.bytes', '1000000', '-1', true],
    ['one broker acknowledges', 'min.insync.replicas', '1', '2', true],
    ['a broker that lags may lead', 'unclean.leader.election.enable', 'true', 'false', true],
    ['all brokers must be there', 'min.insync.replicas', '3', '2', false],
    ['more than all brokers must be there', 'min.insync.replicas', '4', '2', false],
    ['brokers compress with gzip', 'compression.type', 'gzip', 'uncompressed', false],
    ['brokers compress with snappy', 'compression.type', 'snappy', 'uncompressed', false],
    ['brokers compress with lz4', 'compression.type', 'lz4', 'uncompressed', false],
    ['brokers compress with zstd', 'compression.type', 'zstd', 'uncompressed', false],
  ])('%s: it is named with the command that mends it', (_, setting, value, right, losesEvents) => {
    const [difference, ...more] = topicDifferences(expected, topicWith({ [setting]: value }));
    expect(more).toEqual([]);
    expect(difference).toEqual({
      what: expect.stringContaining(`topic orders: ${setting} is ${value}, not ${right}: `),
      mend: `kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name orders --add-config ${setting}=${right}`,
      losesEvents,
    });
  });

  it.each([
    ['as the setup makes it', 'retention.ms', String(week)],
    ['kept for longer', 'retention.ms', String(4 * week)],
    ['kept for ever', 'retention.ms', '-1'],
    ['stored as the producer sends it', 'compression.type', 'producer'],
  ])('%s: there is no difference', (_, setting, value) => {
    expect(topicDifferences(expected, topicWith({ [setting]: value }))).toEqual([]);
  });

  it('one broker of several holds it: it is named with the command that makes copies, their leader where it was', () => {
    const [difference, ...more] = topicDifferences(expected, topicWith({}, [2]));
    expect(more).toEqual([]);
    expect(difference).toMatchObject({
      losesEvents: true,
      what: expect.stringContaining('1 of 3 brokers holds each event'),
    });
    expect(difference?.mend).toBe(
      `kafka-reassign-partitions.sh --bootstrap-server kafka:9092 --execute --reassignment-json-file <(echo '${JSON.stringify(
        {
          version: 1,
          partitions: [
            { topic: 'orders', partition: 0, replicas: [2, 1, 3] },
            { topic: 'orders', partition: 1, replicas: [2, 3, 1] },
          ],
        },
      )}')`,
    );
  });

  it('two brokers hold it where three should: it is named, and loses nothing', () => {
    const differences = topicDifferences(expected, topicWith({}, [1, 2]));
    expect(differences.map(({ losesEvents }) => losesEvents)).toEqual([false]);
  });

  it('one broker holds it because somebody asked for that: it loses events where there are several brokers, and only there', () => {
    const wish = { ...expected, replication: 1 };
    expect(topicDifferences(wish, topicWith({}, [1])).map(({ losesEvents }) => losesEvents)).toEqual([true]);
    expect(topicDifferences({ ...wish, brokers: [1] }, topicWith({}, [1]))).toEqual([]);
  });

  it('there are fewer brokers than copies are wanted: it says to start more', () => {
    const [difference] = topicDifferences({ ...expected, brokers: [1] }, topicWith({}, [1]));
    expect(difference?.mend).toContain('start 2 more of the brokers');
  });

  it('a broker is away: what its topics have of it is no difference', () => {
    expect(topicDifferences({ ...expected, replication: 2, brokers: [1, 3] }, topicWith({}))).toEqual([]);
  });

  it('of one partition: it is named with the command, and with when that may be done', () => {
    const topic = topicWith({});
    const [difference, ...more] = topicDifferences(expected, { ...topic, partitions: topic.partitions.slice(1) });
    expect(more).toEqual([]);
    expect(difference).toMatchObject({
      losesEvents: false,
      what: expect.stringContaining('it has 1 partition, not 2'),
    });
    expect(difference?.mend).toContain('--alter --topic orders --partitions 2 (only while');
  });

  it('of more partitions than ours: it is named, and nothing mends it', () => {
    const [difference] = topicDifferences({ ...expected, partitions: 1 }, topicWith({}));
    expect(difference).toMatchObject({ losesEvents: false, mend: expect.stringContaining('cannot be removed') });
  });

  it('everything is wrong: what can lose events comes first, each in one line', () => {
    const differences = topicDifferences(
      expected,
      topicWith({ 'compression.type': 'zstd', 'cleanup.policy': 'compact', 'retention.ms': '60000' }, [1]),
    );
    expect(differences.map(({ losesEvents }) => losesEvents)).toEqual([true, true, true, false]);
    for (const { what, mend } of differences) expect(`${what}${mend}`).not.toContain('\n');
  });
});

describe('A3: how many brokers must have an event before it counts', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [5, 2],
  ])('of %i copies: %i', (replication, insync) => {
    expect(minInsyncReplicas(replication)).toBe(insync);
  });
});
