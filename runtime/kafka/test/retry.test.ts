import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { createClient, retry } from '../client.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

it('K9: a broker that refuses is asked again without end, also where NODE_ENV is `test` and kafkajs would give up', async () => {
  expect(process.env.NODE_ENV).toBe('test');
  let attempts = 0;
  const kafka = createClient(['127.0.0.1:1'], 'test', silentLog(), {
    retry,
    socketFactory: () => {
      attempts++;
      const socket = new Socket();
      process.nextTick(() => socket.emit('error', new Error('refused')));
      return socket;
    },
  });
  const admin = kafka.admin();
  let settled = false;
  const end = () => {
    settled = true;
  };
  void admin.connect().then(end, end);
  // kafkajs gives up after 15 tries there, elsewhere after 5.
  for (let minute = 0; minute < 30 && attempts < 100; minute++) await vi.advanceTimersByTimeAsync(60_000);
  expect(attempts).toBeGreaterThanOrEqual(100);
  expect(settled).toBe(false);
});
