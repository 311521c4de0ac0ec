import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createPublisher } from '../producer.ts';

type Running = {
  readonly says: (message: string) => Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<number | null>;
};

describe('the process of a consumer', () => {
  let scratch: ScratchKafka;
  const started: Running[] = [];
  beforeAll(() => {
    scratch = scratchKafka();
  });
  afterEach(async () => {
    for (const each of started.splice(0)) {
      each.kill('SIGKILL');
      await each.exited;
    }
  });
  afterAll(() => scratch?.drop());

  const start = (handler: string, group: string, topic: string, broker = String(brokers()[0])): Running => {
    const main = fileURLToPath(new URL('./consumer-main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, broker, group, topic, handler], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    createInterface(child.stdout).on('line', (line) => said.push(line));
    const running: Running = {
      says: (message: string) => until(message, async () => said.some((line) => line.includes(message))),
      kill: (signal: NodeJS.Signals) => void child.kill(signal),
      exited: once(child, 'exit').then(([code]) => code as number | null),
    };
    started.push(running);
    return running;
  };
  /** A topic with ten records, and a group for it. */
  const prepare = async () => {
    const [topic, group] = [await scratch.newTopic(1), scratch.newGroup()];
    const publisher = createPublisher(scratch.clientOf);
    await publisher.publish(
      Array.from({ length: 10 }, () => ({ topic, key: 'key', headers: {}, value: Buffer.from('x') })),
    );
    await publisher.close();
    return { topic, group };
  };
  /** What the broker knows of a group: its members, and how far it is. */
  const look = async (groupId: string, topic: string) => {
    const admin = scratch.kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    return { members: groups[0]?.members.length, offset: Number(committed?.partitions[0]?.offset) };
  };

  // Exit code 0: within the ten seconds that a supervisor waits; later it would be 1.
  it('R53, K10: told to stop, it finishes its batch, commits it and leaves the group', async () => {
    const { topic, group } = await prepare();
    const consumer = start('slow', group, topic);
    await consumer.says('handling');
    consumer.kill('SIGTERM');
    expect(await consumer.exited).toBe(0);
    expect(await look(group, topic)).toEqual({ members: 0, offset: 10 });
  });

  it('R53, K10: told to stop with a batch that does not end, it leaves that to the next member, and the group', async () => {
    const { topic, group } = await prepare();
    const consumer = start('stuck', group, topic);
    await consumer.says('handling');
    consumer.kill('SIGTERM');
    expect(await consumer.exited).toBe(0);
    expect(await look(group, topic)).toEqual({ members: 0, offset: -1 });
  });

  it('K2: where kafkajs gives up, it ends, for its supervisor to start it anew; nothing is committed', async () => {
    const { topic, group } = await prepare();
    const consumer = start('broken', group, topic);
    expect(await consumer.exited).toBe(1);
    expect((await look(group, topic)).offset).toBe(-1);
  });

  it('K2: bytes that kafkajs cannot read, which it throws at nobody, end it', async () => {
    const garbling = createServer((socket) => {
      socket.on('error', () => {});
      // An answer of one byte, which is too short to say what it answers.
      socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 1, 0])));
    });
    await new Promise<void>((resolve) => garbling.listen(0, '127.0.0.1', resolve));
    const address = garbling.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const consumer = start('slow', scratch.newGroup(), 'any', `127.0.0.1:${address.port}`);
    expect(await consumer.exited).toBe(1);
    garbling.close();
  });
});
