import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher } from '@quadrille/kafka/producer';
import { findTopicDifferences } from '@quadrille/kafka/topic-check';
import { ensureTopics } from '@quadrille/kafka/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { mysqlUrl, type Scratch, scratchDatabase, scratchName } from '../../../test/support/scratch.ts';
import { until } from '../../../test/support/until.ts';
import { install } from '../install.ts';
import { javaCommand, javaEnv } from '../java.ts';
import { classPath } from '../kafka.ts';
import { isAlive } from '../lock.ts';
import { root } from '../root.ts';
import { type Servers, startServers } from '../servers.ts';

describe('A3, A4: three brokers of npm start', () => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-cluster-'));
  let servers: Servers;
  let kafka: ReturnType<typeof createClient>;
  let scratch: Scratch;
  const asking = async <Answer>(ask: (admin: ReturnType<typeof kafka.admin>) => Promise<Answer>): Promise<Answer> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await ask(admin);
    } finally {
      await admin.disconnect();
    }
  };

  beforeAll(async () => {
    servers = await startServers({ dir, brokerCount: 3, env: { MYSQL_URL: mysqlUrl() } });
    kafka = createClient(servers.brokers, 'test', silentLog());
    await ensureTopics(kafka, topics, { partitions: partitionsPerTopic, replication: servers.replication });
    scratch = await scratchDatabase('stock');
  }, 180_000);
  afterAll(async () => {
    await scratch?.drop();
    await servers?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('A4: each event, and how far a group is, is held by all three and counts when two have it', async () => {
    expect(servers.own.map(({ name }) => name)).toEqual(['kafka-1', 'kafka-2', 'kafka-3']);
    const { topics: found } = await asking((admin) =>
      admin.fetchTopicMetadata({ topics: [...topics, '__consumer_offsets'] }),
    );
    for (const { partitions } of found)
      expect(partitions.map(({ replicas }) => replicas.length)).toEqual(partitions.map(() => 3));
    const insync = await asking((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [...topics, '__consumer_offsets'].map((name) => ({
          ...{ type: 2, name, configNames: ['min.insync.replicas'] },
        })),
      }),
    );
    for (const { configEntries } of insync.resources) expect(configEntries[0]?.configValue).toBe('2');
    const check = { topics, partitions: partitionsPerTopic, brokers: servers.brokers };
    expect(await findTopicDifferences(kafka, check)).toEqual([]);
  });

  it('A4: topics are made although the broker that is asked may not have heard of them yet', async () => {
    for (let round = 0; round < 20; round += 1) {
      const made = Array.from({ length: 8 }, (_, index) => scratchName(`made-${round}-${index}`));
      await ensureTopics(kafka, made, { partitions: 3, replication: 3 });
      const check = { topics: made, partitions: 3, brokers: servers.brokers };
      expect(await findTopicDifferences(kafka, check)).toEqual([]);
    }
  });

  it('A3: the commands that are named mend a topic of another shape', async () => {
    const topic = scratchName('topic');
    const foreign = {
      'cleanup.policy': 'compact',
      'compression.type': 'zstd',
      'min.insync.replicas': '1',
      'retention.ms': '60000',
      'unclean.leader.election.enable': 'true',
    };
    const configEntries = Object.entries(foreign).map(([name, value]) => ({ name, value }));
    await asking((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }],
      }),
    );
    await ensureTopics(kafka, [topic], { partitions: 1 });
    const look = () => findTopicDifferences(kafka, { topics: [topic], partitions: 2, brokers: servers.brokers });
    expect((await look()).filter(({ losesEvents }) => losesEvents)).toHaveLength(3);
    // What one change brings to light is mended by the next: more copies need more brokers in sync.
    await until('no difference', async () => {
      const differences = await look();
      for (const { mend } of differences) await follow(topic, mend);
      return differences.length === 0;
    });
  });

  /** Kafka's command line is not installed, but what is behind its first script is. */
  const follow = async (topic: string, mend: string): Promise<void> => {
    const [, json] = /^kafka-reassign-partitions\.sh .*<\(echo '(.*)'\)$/.exec(mend) ?? [];
    const [, partitions] = /^kafka-topics\.sh .* --partitions (\d+) /.exec(mend) ?? [];
    if (json) {
      const { partitions: wanted }: { partitions: { partition: number; replicas: number[] }[] } = JSON.parse(json);
      const partitionAssignment = wanted.map(({ partition, replicas }) => ({ partition, replicas }));
      await asking((admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }));
    } else if (partitions) {
      await asking((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: Number(partitions) }] }));
    } else {
      const { kafka: installed } = await install({ kafka: true, log: () => {} });
      const command = mend.replace(
        /^kafka-configs\.sh/,
        `"${javaCommand()}" -cp "${classPath(installed?.libs ?? '')}" kafka.admin.ConfigCommand`,
      );
      await promisify(execFile)('bash', ['-c', command], { env: javaEnv() });
    }
  };

  it('A4: what was published can be read, and more be published, when one of them is killed', async () => {
    const publisher = createPublisher((connecting) => createClient(servers.brokers, 'test', silentLog(), connecting));
    const topic = String(topics[0]);
    const records = Array.from({ length: 60 }, (_, index) => ({
      ...{ topic, key: `key-${index}`, headers: {}, value: Buffer.from('x') },
    }));
    await publisher.publish(records);
    process.kill(servers.own[0]?.pid() ?? 0, 'SIGKILL');
    await until('published with two brokers', () =>
      publisher.publish(records).then(
        () => true,
        () => false,
      ),
    );
    await publisher.close();
    // A new leader tells of the last records a moment later.
    await until('all of them in Kafka', async () => {
      const ends = await asking((admin) => admin.fetchTopicOffsets(topic)).catch(() => []);
      return ends.reduce((sum, { high }) => sum + Number(high), 0) >= 2 * records.length;
    });
  });

  it('A3: a relay in production refuses to publish to a compacted topic, and says what mends it', async () => {
    const compacted = { name: 'cleanup.policy', value: 'compact' };
    await until('compacted', () =>
      asking((admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: 2, name: String(topics[0]), configEntries: [compacted] }],
        }),
      ).then(
        () => true,
        () => false,
      ),
    );
    const child = spawn(process.execPath, ['outbox-relay/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ NODE_ENV: 'production', DATABASE_URLS: scratch.url, HTTP_HOST: '127.0.0.1', HTTP_PORT: '0' },
        KAFKA_BROKERS: servers.brokers.join(','),
      },
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(said).toContain(`topic ${topics[0]}: cleanup.policy is compact, not delete`);
    expect(said).toContain(`--entity-name ${topics[0]} --add-config cleanup.policy=delete`);
    expect(said).not.toContain('lease acquired');
  });

  it('A4: all of them stop', async () => {
    await servers.stop();
    expect(servers.own.map(({ pid }) => isAlive(pid()))).toEqual([false, false, false]);
  });
});
