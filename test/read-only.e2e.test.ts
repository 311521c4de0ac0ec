import { processNames } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1 };
/** The console reads only its own database, and tells of it in its own words. */
const asked = processNames.filter((name) => name !== 'console');

describe('C1: a database server that is read-only for a while', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
  });
  afterAll(() => system?.stop());

  const set = (variable: string, value: 0 | 1) => system.rows(`SET GLOBAL ${variable} = ${value}`);
  /** As a failover does: all have to connect anew, and find a server that is read-only. */
  const endSessions = async () => {
    const sessions = await system.rows<{ id: number }>(
      "SELECT id FROM information_schema.processlist WHERE user IN ('order', 'stock', 'coupon', 'pay', 'relay')",
    );
    expect(sessions.length).toBeGreaterThan(4);
    for (const { id } of sessions) await system.rows(`KILL ${id}`).catch(() => {});
  };
  const isReady = async (name: (typeof asked)[number]) => {
    const response = await fetch(`${system.stack.urls[name]}/ready`);
    return { name, status: response.status, body: await response.text() };
  };

  it.each(['read_only', 'transaction_read_only'])(
    'C1: by %s: customers get 503 and when to come again, /ready says why not, and orders go on when it is over, without a restart',
    async (variable) => {
      const before = await system.submit(order);
      await system.orderWhen(before, 'awaiting-payment');
      await set(variable, 1);
      try {
        await endSessions();
        for (let attempt = 0; attempt < 5; attempt++) {
          const answer = await system.call('POST', '/api/v1/orders', order);
          expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
        }
        for (const name of asked) {
          // The relay may first say what else came of it.
          await until(`${name} is not ready, and says why`, async () => {
            const { status, body } = await isReady(name);
            return status === 503 && (name === 'gateway' || /read[- ]only/i.test(body));
          });
        }
        // What was there can still be looked at.
        expect((await system.order(before)).status).toBe('awaiting-payment');
      } finally {
        await set(variable, 0);
      }
      const orderId = await until('an order is taken', () => system.submit(order).catch(() => null));
      await system.orderWhen(orderId, 'awaiting-payment');
      for (const name of asked) await until(`${name} is ready`, async () => (await isReady(name)).status === 200);
    },
  );
});
