import { randomUUID } from 'node:crypto';
import { topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { readOutboxRows } from '@quadrille/db/outbox-history';
import { createClient } from '@quadrille/kafka/client';
import type { Lag } from '@quadrille/ops/lag';
import { toRecord } from '@quadrille/outbox-relay/publish';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codecs, foreignProducer } from '../runtime/kafka/test/foreign-client.ts';
import { type Cli, cliOf } from './support/cli.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { configureTopic } from './support/topics.ts';
import { until } from './support/until.ts';

type Producer = Awaited<ReturnType<typeof foreignProducer>>;
type Headers = Record<string, string | string[]>;

const why = ['--why', 'a test of recovery'];
const request = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };
const heads = (entries: readonly (readonly [string, string | string[]])[]): Headers =>
  Object.assign(Object.create(null), Object.fromEntries(entries));

/** From each way in which a foreign record gets in, by the verbs that `lag` and the README name, while the services run. */
describe('recovery from foreign records', { timeout: 300_000 }, () => {
  let system: System;
  let cli: Cli;
  let producer: Producer;
  let kafka: ReturnType<typeof createClient>;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
    cli = cliOf(system.stack);
    kafka = createClient(system.stack.brokers, 'test', silentLog());
    // So that records stay as their client wrote them.
    for (const topic of topics) await configureTopic(kafka, topic, { 'compression.type': 'producer' });
    producer = await foreignProducer({}, [...system.stack.brokers]);
  });
  afterAll(async () => {
    await producer?.disconnect();
    await system?.stop();
  });

  const placed = async () => system.orderWhen(await system.submit(request), 'awaiting-payment');
  const lagWhen = (what: string, holds: (lag: Lag & { exitCode: number | null }) => boolean) =>
    until(what, async () => {
      const lag = await cli.json<Lag>('lag');
      return holds(lag) && lag;
    });
  const parkedOf = ({ services }: Lag) => services.map(({ parked }) => parked.failed);
  const wellAgain = () => lagWhen('all is well again', ({ exitCode }) => exitCode === 0);
  const isClean = async () => expect(await cli.run('audit')).toMatchObject({ code: 0 });

  const poison = (headers: Headers, codec: Codec = 'none', value: Buffer | string = 'junk') => ({
    topic: 'order-events',
    compression: codecs[codec],
    messages: [{ key: randomUUID(), value, headers, partition: 0 }],
  });
  const twentyThousand = heads(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'x'] as const));
  const sqlInHeader = heads([['ce_specversion', "1.0',42,20300101000000) -- "]]);

  it.each([
    [
      'B1: a header named like a property of every object',
      poison(
        heads([
          ['constructor', 'x'],
          ['__proto__', 'y'],
        ]),
      ),
      'ce_specversion is missing',
    ],
    ['B2: 20,000 headers', poison(twentyThousand), 'it has 20000 headers'],
    ['B3: a batch that is compressed by snappy', poison(heads([]), 'snappy'), 'ce_specversion is missing'],
    ['B3: a batch that unfolds to 64 MB', poison(heads([]), 'zstd', Buffer.alloc(64 * 2 ** 20)), 'unreadable batch'],
    ['B6: a header that is a piece of SQL', poison(sqlInHeader), 'ce_specversion'],
  ] as const)('%s: parked, told by lag, discarded', async (_, batch, cause) => {
    await placed();
    await producer.send({ ...batch, messages: [...batch.messages] });
    await placed();
    const lag = await lagWhen('stock, coupon and pay have parked it', (found) => parkedOf(found).join() === '0,1,1,1');
    expect(lag.exitCode).toBe(1);
    expect((await cli.run('lag')).stdout).toContain('parked list --service stock');
    expect((await cli.run('parked', 'list', '--service', 'stock')).stdout).toContain(cause);
    const choice = ['parked', 'discard', '--cause', cause];
    expect((await cli.run(...choice, '--dry-run')).stdout).toContain('3 would be discarded');
    expect(await cli.run(...choice, ...why)).toMatchObject({ code: 0 });
    await wellAgain();
    await placed();
    await isClean();
  });

  it('B3: events of ours that the brokers compress anew need no recovery', async () => {
    for (const codec of ['snappy', 'lz4', 'zstd'])
      for (const topic of topics) {
        await configureTopic(kafka, topic, { 'compression.type': codec });
        await placed();
      }
    await wellAgain();
    for (const topic of topics) await configureTopic(kafka, topic, { 'compression.type': 'producer' });
  });

  it('B5: a transaction that is left open holds nobody back; its records are parked and discarded', async () => {
    const foreign = await foreignProducer({ transactionalId: 'foreign', idempotent: true, maxInFlightRequests: 1 }, [
      ...system.stack.brokers,
    ]);
    const transaction = await foreign.transaction();
    await transaction.send(poison(heads([])));
    await placed();
    await lagWhen('it is parked, although the transaction is open', (found) => parkedOf(found).join() === '0,1,1,1');
    expect(await cli.run('parked', 'discard', '--cause', 'ce_specversion is missing', ...why)).toMatchObject({
      code: 0,
    });
    await wellAgain();
    await transaction.abort();
    await foreign.disconnect();
    await placed();
    expect((await wellAgain()).services.map(({ consumer }) => consumer.records)).toEqual([0, 0, 0, 0]);
  });

  it('B6: the same on a server that takes a backslash and a double quote for what they are not', async () => {
    await system.rows("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    await system.stack.restart('stock');
    await producer.send(poison(sqlInHeader));
    await placed();
    await lagWhen('it is parked', (found) => parkedOf(found).join() === '0,1,1,1');
    const [row] = await system.rows<{ count: number }>('SELECT COUNT(*) AS count FROM eshop_stock.parked');
    expect(Number(row?.count)).toBe(1);
    expect(await cli.run('parked', 'discard', '--all', ...why)).toMatchObject({ code: 0 });
    await wellAgain();
    await system.rows("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES'");
    await system.stack.restart('stock');
  });

  /** Submits an order whose first event is published by somebody else, changed on its way, before the relay does it. */
  const changedOnItsWay = async (change: Headers): Promise<string> => {
    await system.stack.kill('relay', 'SIGKILL');
    const orderId = await system.submit(request);
    const pool = connect(`${system.stack.mysqlUrl}/eshop_order`);
    const [found] = await system.rows<{ seq: number }>(
      `SELECT seq FROM eshop_order.outbox WHERE correlation_id = '${orderId}'`,
    );
    const [row] = await readOutboxRows(pool, [Number(found?.seq)]);
    await pool.end();
    if (!row) throw new Error('the order has no event');
    const { topic, key, value, headers } = toRecord(row);
    const changed = { ...headers, ...change };
    await producer.send({ topic, messages: [{ key, value, headers: changed }] });
    return orderId;
  };

  it.each([
    ['there twice', ['00-11111111111111111111111111111111-2222222222222222-01', '00-3-4-01']],
    ['malformed', 'none of W3C'],
    ['of a later version', 'cc-11111111111111111111111111111111-2222222222222222-01-what-comes-later'],
  ])('B8: an event whose trace context is %s needs no recovery', async (_, traceparent) => {
    const orderId = await changedOnItsWay(heads([['traceparent', traceparent]]));
    await until('stock has taken it in', async () => {
      const rows = await system.rows(`SELECT 1 FROM eshop_stock.reservations WHERE order_id = '${orderId}'`);
      return rows.length === 1;
    });
    await system.stack.restart('relay');
    await system.orderWhen(orderId, 'awaiting-payment');
    await wellAgain();
    await isClean();
  });

  it('B9: an event of a type that nobody knows yet needs no recovery, also where it is about an order that lives', async () => {
    const { orderId } = await placed();
    const headers = heads([
      ['ce_specversion', '1.0'],
      ['ce_type', 'order-gift-wrapped'],
      ['ce_id', randomUUID()],
    ]);
    await producer.send({ topic: 'order-events', messages: [{ key: orderId, value: '{}', headers }] });
    await system.client.cancel(orderId);
    await system.orderWhen(orderId, 'cancelled');
    await wellAgain();
    await isClean();
  });

  it('B10: an event with a time that is none: mended by edit, and retried; its order goes on', async () => {
    const orderId = await changedOnItsWay(heads([['ce_time', '2026-13-45T99:99:99.999Z']]));
    await lagWhen('it is parked', ({ services }) =>
      services.some(({ service, parked }) => service === 'stock' && parked.failed === 1),
    );
    await system.stack.restart('relay');
    const listed = await cli.run('parked', 'list', '--service', 'stock');
    expect(listed.stdout).toContain('header ce_time is malformed: 2026-13-45T99:99:99.999Z');
    const [, number = ''] = /stock +(\d+)/.exec(listed.stdout) ?? [];
    const header = ['--header', 'ce_time=2026-11-26T12:00:00.000Z'];
    expect(await cli.run('parked', 'edit', 'stock', number, ...header, ...why)).toMatchObject({ code: 0 });
    expect((await cli.run('parked', 'retry', '--order', orderId, '--dry-run')).code).toBe(0);
    expect(await cli.run('parked', 'retry', '--order', orderId, ...why)).toMatchObject({ code: 0 });
    // The others that subscribe to it have parked the same record, and behind it what came after.
    expect(await cli.run('parked', 'discard', '--cause', 'ce_time is malformed', ...why)).toMatchObject({ code: 0 });
    expect(await cli.run('parked', 'retry', '--order', orderId, ...why)).toMatchObject({ code: 0 });
    await system.orderWhen(orderId, 'awaiting-payment');
    await wellAgain();
    await isClean();
  });
});
