// A process that consumes as the services do; consumer-process.int.test.ts starts it and tells it what its handler is to do.
import { setTimeout as delay } from 'node:timers/promises';
import { runProcess } from '@quadrille/process/lifecycle';
import { createClient } from '../client.ts';
import { startConsumer } from '../consumer.ts';

const [brokers = '', groupId = '', topic = '', handler = ''] = process.argv.slice(2);

const handlers: Record<string, () => Promise<unknown>> = {
  slow: () => delay(1_000),
  stuck: () => new Promise(() => {}),
  broken: async () => {
    throw new TypeError('a bug');
  },
};

runProcess('consumer', {}, async (_settings, { log, onStop, fail }) => {
  const consumer = await startConsumer(createClient([brokers], 'test', log), {
    groupId,
    topics: [topic],
    handle: async () => {
      log.info('handling');
      await handlers[handler]?.();
    },
    onCrash: fail,
    log,
  });
  onStop('consumer', consumer.stop);
});
