import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher } from '@quadrille/kafka/producer';
import type { Lag } from '@quadrille/ops/lag';
import type { Trace } from '@quadrille/ops/trace';
import type { VerifyReport } from '@quadrille/ops/verify/verify';
import { services } from '@quadrille/services';
import { processNames } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cliOf } from './support/cli.ts';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const body = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

const again = ['--why', 'once more', '--json'];

/** JSON lines, the last of which is a summary. */
const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('npm run ops', { timeout: 300_000 }, () => {
  let system: System;
  let cli: Cli;
  beforeAll(async () => {
    system = await startSystem({ processes: [...processNames] });
    cli = cliOf(system.stack);
  });
  afterAll(() => system.stop());

  it('tells who is behind', async () => {
    const lag = await cli.json<Lag>('lag');
    expect(lag).toMatchObject({ exitCode: 0, stuck: { orders: 0 } });
    expect(lag.services.map(({ service, consumer }) => [service, consumer.members])).toEqual(
      services.map((service) => [service, 1]),
    );
    expect((await cli.run('lag')).stdout).toContain('No order is stuck.');
  });

  it('says what would be right', async () => {
    const orderId = await system.submit(body);
    await system.orderWhen(orderId, 'awaiting-payment');
    const wrong: [string[], string][] = [
      [['lga'], 'Did you mean lag?'],
      [['trace', orderId.slice(0, 20)], `did you mean ${orderId}?`],
      [['trace', randomUUID()], 'No service knows an order'],
      [['replay', '--to', 'stcok', '--all', '--dry-run'], 'did you mean stock?'],
      [['replay', '--to', 'stock', '--dry-run'], 'Choose events'],
      [['replay', '--to', 'stock', '--all'], 'Say why'],
      [
        ['replay', '--to', 'stock', '--type', 'stock-reserved', '--dry-run'],
        'stock does not subscribe to stock-reserved',
      ],
      [['replay', '--to', 'pay', '--topic', 'order-evnets', '--dry-run'], 'did you mean order-events?'],
      [['replay', '--to', 'pay', '--topic', 'order-events', '--partition', '6', '--dry-run'], 'it has 0 to 5'],
      [['replay', '--to', 'pay', '--from', 'yesterday', '--dry-run'], '"yesterday" is no time'],
      [['replay', '--to', 'pay', '--reason', 'too-late', '--dry-run'], 'No order ended for the reason "too-late"'],
      [['parked', 'show', 'stock', '7'], 'stock has no parked event 7'],
      [['rebuild', 'consle'], 'did you mean console?'],
      [['rebuild', 'console'], 'Say why'],
    ];
    for (const [args, hint] of wrong) {
      const { code, stderr, stdout } = await cli.run(...args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toContain(hint);
    }
    const away = cliOf({ ...system.stack, mysqlUrl: 'mysql://127.0.0.1:1' });
    expect(await away.run('lag')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^quadrille: The database does not answer .*\n$/),
    });
  });

  it('follows an order, and tells its story', async () => {
    const tail = cli.start('tail', '--user', '1', '--count', '4', '--json');
    await until('listening', async () => tail.said().includes('Listening'));
    const orderId = await system.submit(body);
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(
      linesOf(stdout)
        .map(({ event }) => [event.correlationId, event.type])
        .sort(),
    ).toEqual(['coupon-applied', 'order-created', 'payment-created', 'stock-reserved'].map((type) => [orderId, type]));
    await system.orderWhen(orderId, 'awaiting-payment');
    const story = await cli.json<Trace>('trace', orderId);
    expect(story).toMatchObject({ exitCode: 0, order: { status: 'awaiting-payment' }, waitsFor: { for: 'customer' } });
    expect(story.events.map(({ type }) => type)).toEqual([
      'order-created',
      'stock-reserved',
      'coupon-applied',
      'payment-created',
    ]);
    expect((await cli.run('trace', orderId)).stdout).toMatch(/coupon-applied +order [\d.]+ m?s, pay [\d.]+ m?s/);
    expect((await cli.run('trace', orderId, '--mermaid')).stdout).toMatch(
      /^sequenceDiagram\n[\s\S]*stock->>coupon: stock-reserved/,
    );
  });

  it('reads from the topics what an outbox has purged', async () => {
    const orderId = await system.submit(body);
    await system.orderWhen(orderId, 'awaiting-payment');
    await system.rows(`DELETE FROM eshop_order.outbox WHERE correlation_id = '${orderId}'`);
    const story = await cli.json<Trace>('trace', orderId);
    expect(story.fromTopics).toBe(1);
    expect(story.events[0]).toMatchObject({ type: 'order-created', deliveries: [{ service: 'stock', parked: null }] });
  });

  it('names whom an order waits for while a service is away', async () => {
    await system.stack.kill('stock', 'SIGTERM');
    const orderId = await system.submit(body);
    const story = await until('published', async () => {
      const found = await cli.json<Trace>('trace', orderId);
      return found.waitsFor?.for === 'stock' && found;
    });
    expect(story.waitsFor?.what).toBe('stock to process order-created');
    expect(await cli.run('lag')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/stock +none +1 \(order-events 1\)/),
    });
    const busy = await cli.json<VerifyReport>('verify');
    expect(busy).toMatchObject({ exitCode: 0, findings: [], moving: 1, underWay: 1 });
    const stuck = await cli.json<VerifyReport>('verify', '--patience', '1ms');
    expect(stuck).toMatchObject({ exitCode: 1, counts: { stuck: 1, inbox: 1 } });
    await system.stack.restart('stock');
    await system.orderWhen(orderId, 'awaiting-payment');
  });

  it('shows what is parked, and lets it go', async () => {
    const orderId = await system.submit(body);
    await system.orderWhen(orderId, 'awaiting-payment');
    const publisher = createPublisher((connecting) =>
      createClient(system.stack.brokers, 'test', silentLog(), connecting),
    );
    const event = received(orderId, orderCancelled.of({ reason: { code: 'x', message: 'x', step: 'order' } }));
    await publisher.publish([{ topic: 'order-events', ...encodeEvent(event, Buffer.from('{"reason":"<script>"}')) }]);
    await publisher.close();
    await until('parked', async () => linesOf((await cli.run('parked', 'list', '--json')).stdout || '0').length === 3);
    const [first] = linesOf((await cli.run('parked', 'list', '--service', 'stock', '--json')).stdout);
    expect(first).toMatchObject({ service: 'stock', orderId, type: 'order-cancelled', attempts: 1 });
    expect(await cli.run('lag')).toMatchObject({ code: 1 });
    const why = ['--why', 'a test record'];
    expect(await cli.run('parked', 'retry', '--order', orderId, '--dry-run')).toMatchObject({ code: 1 });
    expect(await cli.run('parked', 'retry', '--order', orderId, '--stop-after', '9', ...why)).toMatchObject({
      code: 1,
    });
    expect(await cli.run('parked', 'discard', 'stock', String(first.seq), ...why)).toMatchObject({ code: 0 });
    expect(await cli.run('parked', 'discard', '--order', orderId, ...why)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 discarded'),
    });
    expect(await cli.run('parked', 'list')).toMatchObject({ code: 0, stdout: 'Nothing is parked.\n' });
  });

  it('previews, replays to one service, and keeps an audit log', async () => {
    const orderId = await system.submit(body);
    await system.orderWhen(orderId, 'awaiting-payment');
    // Stock has forgotten the order.
    await system.rows(`DELETE FROM eshop_stock.reservations WHERE order_id = '${orderId}'`);
    await system.rows(
      'UPDATE eshop_stock.products SET available = available + 1, reserved = reserved - 1 WHERE product_id = 1',
    );
    await system.rows(
      `DELETE FROM eshop_stock.inbox WHERE event_id IN (SELECT id FROM eshop_order.outbox WHERE correlation_id = '${orderId}')`,
    );
    expect(await cli.json<VerifyReport>('verify', '--patience', '1ms')).toMatchObject({ exitCode: 1, balanced: false });
    const choice = ['replay', '--to', 'stock', '--order', orderId];
    const fromKafka = [...choice, '--topic', 'order-events', '--json'];
    const [predicted, summary] = linesOf((await cli.run(...fromKafka, '--dry-run')).stdout);
    expect(predicted).toMatchObject({ effect: 'applies', emits: ['stock-reserved'], status: 'reserved' });
    expect(summary).toMatchObject({ summary: { events: 1, stopped: null } });
    const done = await cli.run(...fromKafka, '--why', 'stock lost a row', '--by', 'olga');
    expect(done.code).toBe(0);
    expect(linesOf(done.stdout)[0]).toEqual(predicted);
    expect((await cli.run(...choice, '--dry-run')).stdout).toContain('already applied');
    await system.settled();
    expect(await cli.json<VerifyReport>('verify')).toMatchObject({ exitCode: 0, findings: [] });
    const operations = JSON.parse((await cli.run('audit-log', '--json')).stdout);
    expect(operations[0]).toMatchObject({
      verb: 'replay',
      who: 'olga',
      why: 'stock lost a row',
      status: 'done',
      outcome: { events: 1 },
    });
    expect((await cli.run('audit-log')).stdout).toContain('parked discard');
  });

  it('stops a replay in order at Ctrl-C, and goes on where it was', async () => {
    const slow = cli.start('replay', '--to', 'order', '--all', '--rate', '1', '--why', 'slowly');
    const found = await until('running', async () => {
      const [operation] = JSON.parse((await cli.run('audit-log', '--limit', '1', '--json')).stdout);
      return operation.why === 'slowly' && operation;
    });
    // However busy this machine is: it is under way while the next one begins.
    slow.kill('SIGSTOP');
    expect(found.status).toBe('running');
    expect(await cli.run('replay', '--to', 'order', '--all', '--why', 'again')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`The same runs already: operation ${found.id}`),
    });
    slow.kill('SIGINT');
    slow.kill('SIGCONT');
    expect(await slow.ended).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`quadrille replay --resume ${found.id}`),
    });
    const resumed = await cli.run('replay', '--resume', String(found.id), '--why', 'go on');
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('already applied') });
  });

  it('replays everything to every service, twice, under load, and changes no row of a business', async () => {
    const requests = [body, { ...body, productId: 99 }, { ...body, productCount: 500, amount: 550_000 }, body];
    const orders = await Promise.all([...requests, ...requests].map(system.submit));
    await system.client.cancel(orders[0] ?? '');
    await system.settled();
    const ofOrders = `WHERE order_id IN (${orders.map((id) => `'${id}'`).join(', ')}) ORDER BY order_id`;
    const rows = () =>
      Promise.all(
        ['order.orders', 'stock.reservations', 'coupon.coupon_uses', 'pay.payments', 'pay.charges'].map((table) =>
          system.rows(`SELECT * FROM eshop_${table} ${ofOrders}`),
        ),
      );
    const before = await rows();
    let placed = 0;
    const over = new AbortController();
    const load = (async () => {
      for (; !over.signal.aborted; placed++) await system.submit({ ...body, userId: 2, productId: 2, amount: 2200 });
    })();
    for (let round = 0; round < 2; round++)
      for (const to of services) {
        const { code, stdout } = await cli.run('replay', '--to', to, '--all', '--rate', '100000', ...again);
        expect([code, linesOf(stdout).at(-1)]).toMatchObject([
          0,
          { summary: { stopped: null, effects: { parks: 0 } } },
        ]);
      }
    over.abort();
    await load;
    expect(placed).toBeGreaterThan(10);
    expect(await rows()).toEqual(before);
    await system.settled();
    expect(await cli.json<VerifyReport>('verify')).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('makes the read model of the console anew, and the same', async () => {
    const shown = () =>
      system.rows('SELECT order_id, status, waits_for, reason_code FROM eshop_console.orders ORDER BY order_id');
    const count = () => system.rows('SELECT COUNT(*) AS orders FROM eshop_order.orders');
    const before = await until('the console knows all', async () => {
      const [[all], orders] = await Promise.all([count(), shown()]);
      return orders.length === all?.orders && orders;
    });
    expect(await cli.json('rebuild', 'console', ...again.slice(0, 2))).toMatchObject({
      ...{ exitCode: 0, kept: 0, orders: before.length },
    });
    expect(await shown()).toEqual(before);
    const [operation] = JSON.parse((await cli.run('audit-log', '--limit', '1', '--json')).stdout);
    expect(operation).toMatchObject({ verb: 'rebuild', what: { projection: 'console' }, status: 'done' });
  });

  it('finds nothing lost in a broker that has lost nothing', async () => {
    expect(await cli.run('reconcile', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/order +\d+ +0 +0 +0 +0/),
    });
  });
});
