import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createPublisher } from '../producer.ts';

describe('K1: timers of kafkajs', () => {
  let scratch: ScratchKafka;
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  beforeAll(() => {
    process.on('warning', onWarning);
    scratch = scratchKafka();
  });
  afterAll(async () => {
    process.off('warning', onWarning);
    await scratch?.drop();
  });

  it('an idle connection arms no timer, and no timer is ever negative', async () => {
    const topic = await scratch.newTopic(1);
    const publisher = createPublisher(scratch.clientOf);
    const record = { topic, key: 'key', headers: {}, value: Buffer.from('x') };
    await publisher.publish([record]);
    const armed: { delay: number; by: string }[] = [];
    const original = globalThis.setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
      callback: () => void,
      delay = 0,
      ...args: []
    ) => {
      armed.push({ delay, by: String(new Error('who').stack) });
      return original(callback, delay, ...args);
    }) as typeof setTimeout);
    // Without the guard it arms one a millisecond.
    let ticks = 0;
    const clock = setInterval(() => ticks++, 1);
    await until('500 ticks', async () => ticks >= 500);
    const whenIdle = armed.filter(({ by }) => by.includes('kafkajs'));
    armed.length = 0;
    await publisher.publish([record]);
    clearInterval(clock);
    spy.mockRestore();
    expect(whenIdle).toEqual([]);
    // The spy is in place: it saw the deadline of the publish.
    expect(armed.some(({ by }) => by.includes('producer'))).toBe(true);
    expect(armed.filter(({ delay }) => delay < 0)).toEqual([]);
    await publisher.close();
    expect(warnings.filter(({ name }) => name === 'TimeoutNegativeWarning')).toEqual([]);
  });

  it('requests that have to wait for their turn get it', async () => {
    const topic = await scratch.newTopic(1);
    const producer = scratch.kafka.producer({ maxInFlightRequests: 1 });
    await producer.connect();
    const values = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(values.map((value) => producer.send({ topic, messages: [{ value }] })));
    await producer.disconnect();
    const read = await scratch.read(topic, ({ length }) => length >= 50);
    expect(read.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(values.map(Number));
  });
});
