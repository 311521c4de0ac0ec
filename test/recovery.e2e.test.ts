import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCreated } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import type { Lag } from '@quadrille/ops/lag';
import type { SkipPreview } from '@quadrille/ops/skip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cliOf } from './support/cli.ts';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const why = ['--why', 'a test of recovery'];
const request = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };
const quickly = ['--rate', '100000', '--stop-after', '1000'];

type Raw = { key: string | null; headers: Record<string, string>; value: Buffer | null; partition?: number };

/** What an operator does by documented verbs alone, while the services run. */
describe('recovery', { timeout: 300_000 }, () => {
  let system: System;
  let cli: Cli;
  let publish: (topic: string, records: readonly Raw[]) => Promise<void>;
  let configure: (topic: string, name: string, value: string) => Promise<void>;
  let close: () => Promise<void>;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
    cli = cliOf(system.stack);
    const kafka = createClient(system.stack.brokers, 'mallory', silentLog());
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    configure = async (topic, name, value) => {
      // 2: a topic.
      const resources = [{ type: 2, name: topic, configEntries: [{ name, value }] }];
      await admin.alterConfigs({ validateOnly: false, resources });
    };
    publish = async (topic, records) => {
      await producer.send({ topic, messages: [...records] });
    };
    close = async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    };
  });
  afterAll(async () => {
    await close?.();
    await system?.stop();
  });

  const placed = async () => {
    const id = await system.submit(request);
    await system.orderWhen(id, 'awaiting-payment');
    return id;
  };
  const lagWhen = (what: string, holds: (lag: Lag & { exitCode: number | null }) => boolean) =>
    until(what, async () => {
      const lag = await cli.json<Lag>('lag');
      return holds(lag) && lag;
    });
  const ofStock = ({ services }: Lag) => services.find(({ service }) => service === 'stock') ?? expect.fail();
  const allTakenIn = ({ services }: Lag) => services.every(({ consumer }) => consumer.records === 0);
  const wellAgain = () => lagWhen('all is well again', ({ exitCode }) => exitCode === 0);
  const isReady = async (name: 'stock') =>
    (await fetch(`http://127.0.0.1:${await system.stack.processes.get(name)?.listening}/ready`)).status === 200;

  it('B4: from junk beyond the bound, by discard', async () => {
    await placed();
    const junk = Array.from({ length: 1_500 }, () => ({
      ...{ key: null, headers: { some: 'header' }, value: Buffer.from('junk'), partition: 0 },
    }));
    await publish('order-events', junk);
    await placed();
    const lag = await lagWhen('it is all processed', allTakenIn);
    expect(ofStock(lag)).toMatchObject({ parked: { failed: 1_000 }, halts: [] });
    expect(lag.exitCode).toBe(1);
    expect((await cli.run('skip', 'list')).stdout).toMatch(/stock +order-events\/0 \d+-\d+ +500 .*unrecognized/);
    expect(await cli.run('parked', 'discard', '--type', '?', '--dry-run')).toMatchObject({ code: 0 });
    const choice = ['parked', 'discard', '--cause', 'ce_specversion is missing'];
    expect((await cli.run(...choice, '--service', 'stock', '--dry-run')).stdout).toContain('1000 would be discarded');
    expect(await cli.run(...choice, ...quickly, ...why)).toMatchObject({ code: 0 });
    await wellAgain();
    await placed();
  });

  it('B4: from too many broken events, by skip; what was skipped can be replayed', async () => {
    const id = randomUUID();
    const broken = Array.from({ length: 60 }, () => ({
      ...encodeEvent(
        received(
          randomUUID(),
          orderCreated.of({ userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 0 }),
        ),
        Buffer.from('{}'),
      ),
      partition: 1,
    }));
    const good = encodeEvent(
      received(id, orderCreated.of({ userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 0 })),
      Buffer.from(JSON.stringify({ userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 0 })),
    );
    await publish('order-events', [...broken.slice(0, 30), { ...good, partition: 1 }, ...broken.slice(30)]);
    const { halts } = ofStock(await lagWhen('stock has stopped', (lag) => ofStock(lag).halts.length > 0));
    const [halt] = halts;
    expect(halts).toMatchObject([{ topic: 'order-events', partition: 1 }]);
    expect(await isReady('stock')).toBe(false);
    const log = readFileSync(system.stack.processes.get('stock')?.logFile ?? '', 'utf8');
    const waiting = await system.submit(request);
    const said = (await cli.run('lag')).stdout;
    const [, command = ''] = /npm run ops -- (skip .* --dry-run)$/m.exec(said) ?? [];
    expect(log).toContain(command);
    const preview = await cli.json<SkipPreview>(...command.split(' '));
    expect(preview).toMatchObject({
      ...{ exitCode: 0, records: 61, taken: 0, orders: [id], types: { 'order-created': 1 } },
      kinds: { broken: 60, event: 1, unrecognized: 0 },
    });
    const skip = command.replace(' --dry-run', '').split(' ');
    expect(await cli.run(...skip)).toMatchObject({ code: 2, stderr: expect.stringContaining('Say why') });
    expect(await cli.run(...skip, ...why)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('replay --to stock'),
    });
    await system.orderWhen(waiting, 'awaiting-payment');
    expect(await isReady('stock')).toBe(true);
    expect(await wellAgain()).toMatchObject({ stuck: { orders: 0 } });
    expect((await cli.run('skip', 'list')).stdout).toMatch(/stock +order-events\/1 .* 61 .*a test of recovery/);
    expect((await cli.run('audit-log')).stdout).toMatch(/skip/);
    const { topic = '', partition = 0, fromOffset = 0, toOffset = 0 } = halt ?? {};
    const replay = ['replay', '--to', 'stock', '--topic', topic, '--partition', `${partition}`];
    const replayed = await cli.run(...replay, '--offset', `${fromOffset}-${toOffset}`, ...why);
    expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`${id} .*applied`)) });
    for (const wrong of [
      ['--partition', '9', '--from', '0', '--to', '0'],
      ['--partition', '1', '--from', '0', '--to', '1000000'],
      ['--partition', '1', '--from', '2', '--to', '1'],
    ])
      expect(await cli.run('skip', '--service', 'stock', '--topic', topic, ...wrong, ...why)).toMatchObject({
        code: 2,
      });
  });

  it('B4: from an event that Kafka refuses, by unpublishable retry', async () => {
    await configure('stock-events', 'max.message.bytes', '100');
    const id = await system.submit(request);
    await lagWhen('it is refused', (lag) => ofStock(lag).outbox.refused === 1);
    const listed = await cli.run('refused', 'list');
    const [, seq = ''] = /stock +(\d+)/.exec(listed.stdout) ?? [];
    await configure('stock-events', 'max.message.bytes', '1048588');
    expect(await cli.run('unpublishable', 'retry', 'stock', seq, ...why)).toMatchObject({ code: 0 });
    await system.orderWhen(id, 'awaiting-payment');
    await wellAgain();
  });

  it('B7: from poison that is longer than a statement may be, by discard', async () => {
    await system.rows('SET GLOBAL max_allowed_packet = 1048576');
    await system.stack.restart('stock');
    const value = Buffer.alloc(700_000, 'x');
    await publish('order-events', [{ key: randomUUID(), headers: {}, value, partition: 2 }]);
    await placed();
    const lag = await lagWhen('it is parked', (found) => ofStock(found).parked.failed === 1);
    expect(lag.exitCode).toBe(1);
    await lagWhen('it is all processed', allTakenIn);
    expect((await cli.run('parked', 'list', '--service', 'stock')).stdout).toContain('ce_specversion is missing');
    expect(await cli.run('parked', 'discard', '--all', ...quickly, ...why)).toMatchObject({ code: 0, stderr: '' });
    await wellAgain();
    await placed();
  });
});
