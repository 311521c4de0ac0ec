import { randomUUID } from 'node:crypto';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCreated } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher } from '@quadrille/kafka/producer';
import type { VerifyReport } from '@quadrille/ops/verify/verify';
import { processNames } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cliOf } from './support/cli.ts';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const body = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

describe('npm run ops, about what is not as it should be', { timeout: 300_000 }, () => {
  let system: System;
  let cli: Cli;
  beforeAll(async () => {
    system = await startSystem({ processes: [...processNames] });
    cli = cliOf(system.stack);
  });
  afterAll(() => system.stop());

  it('D5, D6: takes a reason that fits, and shows it without its effects', async () => {
    for (const [option, text] of [
      ['--why', 'x'.repeat(300)],
      ['--by', 'x'.repeat(129)],
    ] as const) {
      const reason = option === '--why' ? [] : ['--why', 'because'];
      const { code, stderr, stdout } = await cli.run('audit', '--accept-stock', ...reason, option, text);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^quadrille: --(why|by) has \d+ characters: the audit log keeps \d+ at most\.\n$/);
    }
    const why = 'a \u001b[2J\u001b[31m\n999  fake row\u202e';
    expect(await cli.run('audit', '--accept-stock', '--why', why, '--by', 'olga\u009b')).toMatchObject({ code: 0 });
    const { stdout } = await cli.run('audit-log', '--limit', '1');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stdout).toContain('\\u001b[2J');
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
  });

  it('D7: lists a forged order that was accepted, and is not red for it', async () => {
    const publisher = createPublisher((connecting) =>
      createClient(system.stack.brokers, 'test', silentLog(), connecting),
    );
    const forged = received(randomUUID(), orderCreated.of(body));
    await publisher.publish([{ topic: 'order-events', ...encodeEvent(forged, encodeData(forged.data)) }]);
    await publisher.close();
    const red = await until('services do not agree', async () => {
      const report = await cli.json<VerifyReport>('verify');
      return report.counts.divergence === 1 && report.underWay === 0 && report;
    });
    expect(red).toMatchObject({ exitCode: 1, findings: [{ kind: 'divergence', orderId: forged.correlationId }] });
    const id = String(red.findings[0]?.id);
    expect(await cli.run('audit', '--accept', id)).toMatchObject({ code: 2 });
    expect(await cli.run('audit', '--accept', 'f00', '--why', 'x')).toMatchObject({ code: 2 });
    expect(await cli.run('audit', '--accept', id, '--why', 'forged by a test')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`All services agree.*\\naccepted ${id}  order ${forged.correlationId}: `),
      ),
    });
    expect(await cli.json<VerifyReport>('verify')).toMatchObject({ exitCode: 0, balanced: true, accepted: [{ id }] });
    expect(await cli.run('audit', '--revoke', id, '--why', 'to see it red')).toMatchObject({ code: 1 });
    expect(await cli.run('audit', '--accept', id, '--why', 'forged by a test')).toMatchObject({ code: 0 });
  });

  it('B11: names another application that has come into a group of ours', async () => {
    const consumer = createClient(system.stack.brokers, 'warehouse', silentLog()).consumer({
      groupId: 'quadrille-coupon',
      rebalanceTimeout: 20_000,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: ['stock-events', 'order-events'] });
    await consumer.run({ eachBatch: async () => {} });
    await until('named', async () => {
      const { code, stdout } = await cli.run('lag');
      return code === 1 && /another application is in the group quadrille-coupon: client "warehouse" at /.test(stdout);
    });
    await consumer.disconnect();
    await until('well again', async () => (await cli.run('lag')).code === 0);
  });
});
