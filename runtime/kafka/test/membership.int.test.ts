import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type BadNetwork, startProxy } from '../../../test/support/proxy.ts';
import { brokers } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createClient, retry } from '../client.ts';
import { type RunningConsumer, startConsumer } from '../consumer.ts';
import { coordinatorAnswers } from '../coordinator.ts';
import { createPublisher, type Publisher } from '../producer.ts';
import { createSockets } from '../sockets.ts';

/** Kafka's numbers for requests. */
const [fetch, findCoordinator, heartbeat] = [1, 10, 12];

/** Puts an error code into an answer: it stands behind the length, the correlation and the throttle time. */
const refuse = (code: number) => (answer: Buffer) => {
  const refused = Buffer.from(answer);
  refused.writeInt16BE(code, 12);
  return refused;
};
const coordinatorNotAvailable = refuse(15);

describe('the membership of a consumer', () => {
  let scratch: ScratchKafka;
  let publisher: Publisher;
  let proxy: BadNetwork;
  const running: RunningConsumer[] = [];
  beforeAll(async () => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
    proxy = await startProxy(String(brokers()[0]));
  });
  afterEach(async () => {
    for (const apiKey of [findCoordinator, heartbeat]) proxy.change(apiKey, null);
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(async () => {
    await publisher?.close();
    await proxy?.close();
    await scratch?.drop();
  });

  const throughProxy = (through = proxy) => {
    const sockets = createSockets();
    return createClient(brokers(), 'test', silentLog(), {
      retry,
      socketFactory: (options) => sockets.open({ ...options, host: '127.0.0.1', port: through.port }),
    });
  };
  const join = async (topic: string, groupId: string, kafka = scratch.kafka) => {
    const crashes: Error[] = [];
    const handled: string[] = [];
    const consumer = await startConsumer(kafka, {
      ...{ groupId, topics: [topic], log: silentLog() },
      handle: async (records) => void handled.push(...records.map(({ value }) => String(value))),
      onCrash: (error) => void crashes.push(error),
    });
    running.push(consumer);
    return { consumer, crashes, handled };
  };
  const publish = (topic: string, value: string) =>
    publisher.publish([{ topic, key: 'key', headers: {}, value: Buffer.from(value) }]);
  const committed = async (groupId: string, topic: string) => {
    const admin = scratch.kafka.admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    return Number(offsets?.partitions[0]?.offset);
  };

  it('A2: a member whose coordinator is another broker by now looks for it, is not ready meanwhile, and commits again', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { consumer, crashes } = await join(topic, groupId, throughProxy());
    await until('it has joined', async () => consumer.isJoined());
    const asked = proxy.requests(findCoordinator);
    proxy.change(heartbeat, coordinatorNotAvailable);
    await until('it is not ready', async () => !consumer.isJoined(), 30_000);
    await until('it looks for its coordinator', async () => proxy.requests(findCoordinator) > asked, 30_000);
    proxy.change(heartbeat, null);
    await until('it is ready again', async () => consumer.isJoined());
    await publish(topic, 'x');
    await until('it commits', async () => (await committed(groupId, topic)) === 1);
    expect(crashes).toEqual([]);
  });

  it('A2: while nobody coordinates its group a member is not ready, although it fetches; then it is, without a new process', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { consumer, crashes, handled } = await join(topic, groupId, throughProxy());
    await until('it has joined', async () => consumer.isJoined());
    const fetched = proxy.requests(fetch);
    proxy.change(findCoordinator, coordinatorNotAvailable);
    proxy.change(heartbeat, coordinatorNotAvailable);
    await until('it is not ready', async () => !consumer.isJoined(), 30_000);
    expect(proxy.requests(fetch)).toBeGreaterThan(fetched);
    const asked = proxy.requests(findCoordinator);
    await until('it goes on asking', async () => proxy.requests(findCoordinator) > asked + 3);
    expect(consumer.isJoined()).toBe(false);
    proxy.change(findCoordinator, null);
    proxy.change(heartbeat, null);
    await until('it is ready again', async () => consumer.isJoined());
    await publish(topic, 'x');
    await until('it takes what comes', async () => handled.includes('x'));
    expect(crashes).toEqual([]);
  });

  it('A2: a member that has not been confirmed for a session takes nothing, so that its successor does not do the same work', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const lost = await join(topic, groupId, throughProxy());
    await until('it has joined', async () => lost.consumer.isJoined());
    proxy.change(findCoordinator, coordinatorNotAvailable);
    proxy.change(heartbeat, coordinatorNotAvailable);
    await until('it is not ready', async () => !lost.consumer.isJoined(), 30_000);
    const next = await join(topic, groupId);
    await until('its successor has joined', async () => next.consumer.isJoined());
    await publish(topic, 'x');
    await until('its successor takes it', async () => next.handled.includes('x'));
    await until('and commits', async () => (await committed(groupId, topic)) === 1);
    expect(lost.handled).toEqual([]);
  });

  it('A2: told to stop while it looks for its coordinator, it does not join any more', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const { consumer } = await join(topic, groupId, throughProxy());
    await until('it has joined', async () => consumer.isJoined());
    const asked = proxy.requests(findCoordinator);
    proxy.change(findCoordinator, coordinatorNotAvailable);
    proxy.change(heartbeat, coordinatorNotAvailable);
    await until('it looks for its coordinator', async () => proxy.requests(findCoordinator) > asked, 30_000);
    await consumer.stop();
    await until('it has no connection', async () => proxy.connections() === 0);
    proxy.change(findCoordinator, null);
    proxy.change(heartbeat, null);
    const asking = proxy.requests(findCoordinator);
    const other = await startProxy(String(brokers()[0]));
    const next = await join(topic, groupId, throughProxy(other));
    await until('its successor has joined', async () => next.consumer.isJoined());
    // They take longer than kafkajs waits between two tries.
    await until('six heartbeats of it', async () => other.requests(heartbeat) >= 6);
    expect(proxy.requests(findCoordinator)).toBe(asking);
    expect(proxy.connections()).toBe(0);
    await next.consumer.stop();
    await other.close();
  });

  it('A2: what comes while a member is not confirmed is not taken, and is taken once it is', async () => {
    const topic = await scratch.newTopic(1);
    const { consumer, handled } = await join(topic, scratch.newGroup(), throughProxy());
    await until('it has joined', async () => consumer.isJoined());
    let now = performance.now();
    // Whatever was confirmed was so long ago.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10_000;
      return now;
    });
    await publish(topic, 'x');
    const before = proxy.requests(heartbeat);
    await until('it goes on', async () => proxy.requests(heartbeat) > before + 1);
    expect(handled).toEqual([]);
    clock.mockRestore();
    await until('it is taken', async () => handled.includes('x'));
  });

  it('A2: whether a coordinator answers is told of one that does, one that does not coordinate, and one that is not there', async () => {
    const groupId = scratch.newGroup();
    expect(await coordinatorAnswers(throughProxy(), groupId)).toBe(true);
    proxy.change(findCoordinator, coordinatorNotAvailable);
    expect(await coordinatorAnswers(throughProxy(), groupId)).toBe(false);
    expect(await coordinatorAnswers(createClient(['127.0.0.1:1'], 'test', silentLog()), groupId)).toBe(false);
    await until('its connections are closed', async () => proxy.connections() === 0);
  });

  it('B11: a member that was given no partition is not ready, until it is given one', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const first = await join(topic, groupId);
    await until('the first one has the partition', async () => first.consumer.isJoined());
    const second = await join(topic, groupId);
    const ready = () => [first, second].filter(({ consumer }) => consumer.isJoined());
    const members = async () => {
      const admin = scratch.kafka.admin();
      await admin.connect();
      const { groups } = await admin.describeGroups([groupId]);
      await admin.disconnect();
      return groups[0]?.state === 'Stable' ? groups[0].members.length : 0;
    };
    await until('both are members', async () => (await members()) === 2);
    await until('one of them is ready', async () => ready().length === 1);
    await publish(topic, 'x');
    await until('it has taken it', async () => ready()[0]?.handled.includes('x'));
    const [owner] = ready();
    expect(ready()).toHaveLength(1);
    await owner?.consumer.stop();
    const spare = owner === first ? second : first;
    await until('the other one has it now', async () => spare.consumer.isJoined());
  });
});
