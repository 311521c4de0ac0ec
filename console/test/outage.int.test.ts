import type { Pool } from '@quadrille/db/connect';
import { connect } from '@quadrille/db/connect';
import { closeLate } from '@quadrille/db/late';
import { type Cluster, openCluster } from '@quadrille/ops/cluster';
import { forEachService, type Service, services } from '@quadrille/services';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { type Network, startNetwork } from '../../test/support/network.ts';
import { brokers } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';
import { as, consoleWith, loginAccess } from './app.ts';
import { scratchReadModel } from './scratch.ts';

const access = await loginAccess();
const operator = as(access, 'operator');

/** A database behind a network of its own. */
const behind = async (url: string): Promise<{ network: Network; url: string }> => {
  const { hostname, port } = new URL(url);
  const network = await startNetwork({ host: hostname, port: Number(port) });
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(network.port);
  return { network, url: through.toString() };
};

let test: TestCluster;
let model: Awaited<ReturnType<typeof scratchReadModel>>;
let looking: Cluster;
let reading: Pool;
const networks = new Map<Service | 'console' | 'auditLog' | 'kafka', Network>();
let console: Awaited<ReturnType<typeof consoleWith>>;

const network = (name: Service | 'console' | 'auditLog' | 'kafka'): Network => {
  const found = networks.get(name);
  if (!found) throw new Error(`no network to ${name}`);
  return found;
};

beforeAll(async () => {
  [test, model] = await Promise.all([startTestCluster(), scratchReadModel()]);
  const urls: Partial<Record<Service | 'console' | 'auditLog', string>> = {};
  for (const [name, url] of [
    ...services.map((service) => [service, test.databases[service].url] as const),
    ['auditLog', test.databases.ops.url] as const,
    ['console', model.url] as const,
  ]) {
    const made = await behind(url);
    networks.set(name, made.network);
    urls[name] = made.url;
  }
  const [host = '', port = ''] = String(brokers()[0]).split(':');
  networks.set('kafka', await startNetwork({ host, port: Number(port) }));
  const url = (name: keyof typeof urls) => String(urls[name]);
  looking = openCluster({
    brokers: [`127.0.0.1:${network('kafka').port}`],
    reading: forEachService(url),
    auditLog: url('auditLog'),
    groupPrefix: 'quadrille-',
    acting: {},
    rules: { env: {} },
  });
  reading = connect(url('console'), 8);
  for (const pool of [reading, looking.auditLog, ...Object.values(looking.read)]) closeLate(pool, 6_000);
  console = await consoleWith(access, { pool: reading, cluster: looking });
});
afterEach(async () => {
  for (const each of networks.values()) each.recover();
  // Each of them answers again by itself, and nobody has restarted anything.
  for (const path of ['/orders', '/audit-log', '/parked'])
    await until(`${path} as it was`, async () => {
      const { status, page } = await ask(path);
      return status === 200 && !page.includes('id="away"');
    });
});
afterAll(async () => {
  for (const each of networks.values()) await each.close();
  await looking.close();
  await reading.end();
  await Promise.all([test.drop(), model.drop()]);
});

const ask = async (path: string) => {
  const response = await console.app.request(path, { headers: operator });
  const page = await response.text();
  return { status: response.status, page, retryAfter: response.headers.get('retry-after') };
};

describe('C8: while a database of one service answers nothing', () => {
  it('/parked shows what the others have, and says whose is missing, on the page and in the API', async () => {
    network('stock').goSilent();
    expect(await ask('/parked')).toMatchObject({
      status: 200,
      page: expect.stringContaining('The database of stock does not answer; the rest of this page is as it is now.'),
    });
    const { status, page } = await ask('/api/v1/parked');
    expect([status, JSON.parse(page)]).toEqual([200, { parked: [], more: false, away: ['The database of stock'] }]);
  });

  it('a question to that service alone is 503, with a time to try again', async () => {
    network('stock').goSilent();
    for (const path of ['/parked?service=stock', '/parked/stock/1', '/api/v1/parked?service=stock'])
      expect(await ask(path)).toMatchObject({
        status: 503,
        page: expect.stringContaining('The database of stock does not answer'),
        retryAfter: '5',
      });
  });
});

describe('C8: while Kafka answers nothing', () => {
  it('/flow shows what the databases tell, and says that Kafka is missing', async () => {
    network('kafka').goSilent();
    const { status, page } = await ask('/flow');
    expect(status).toBe(200);
    expect(page).toContain('Kafka does not answer; the rest of this page is as it is now.');
    expect(page).toContain('No order is stuck.');
    expect(page).toContain('not known now');
    const flow = JSON.parse((await ask('/api/v1/flow')).page);
    expect(flow).toMatchObject({ away: ['Kafka'], stuck: { orders: 0 }, console: { records: null } });
    for (const each of flow.services)
      expect(each).toMatchObject({ consumer: null, outbox: { events: 0 }, parked: { failed: 0 } });
  });

  it('/flow is 503 when no database answers either', async () => {
    for (const each of networks.values()) each.goSilent();
    for (const path of ['/flow', '/api/v1/flow'])
      expect(await ask(path)).toMatchObject({ status: 503, page: expect.stringContaining('Kafka'), retryAfter: '5' });
  });
});

describe('C8: while the database of the console answers nothing', () => {
  it('all that it tells is 503 for each of many who ask, on the page and in the API', async () => {
    network('console').goSilent();
    const paths = ['/orders', '/rates', '/unrecognized', '/orders/0198c0de-0000-7000-8000-000000000000'];
    const asked = Array.from({ length: 40 }, () => paths.flatMap((path) => [path, `/api/v1${path}`])).flat();
    for (const answer of await Promise.all(asked.map(ask)))
      expect(answer).toMatchObject({
        status: 503,
        page: expect.stringContaining('The database of the console does not answer'),
        retryAfter: '5',
      });
  });

  it('a page that is followed says that it is no longer live, and is again', async () => {
    const headers = { ...operator, accept: 'text/event-stream' };
    const response = await console.app.request('/orders', { headers });
    const stream = (response.body as ReadableStream<Uint8Array>).getReader();
    const receive = async (wanted: string) => {
      for (let received = ''; !received.includes(wanted); )
        received += Buffer.from((await stream.read()).value ?? []).toString();
    };
    await receive('event: main');
    network('console').goSilent();
    await receive('event: trouble');
    network('console').recover();
    await receive('event: main');
    await stream.cancel();
  });
});

it('C8: while the audit log answers nothing, it is not shown, nothing is begun, and what asks for it is told so', async () => {
  network('auditLog').goSilent();
  for (const path of ['/audit-log', '/api/v1/operations'])
    expect(await ask(path)).toMatchObject({
      status: 503,
      page: expect.stringContaining('The database of the audit log'),
    });
  const response = await console.app.request('/api/v1/replay', {
    method: 'POST',
    headers: { ...operator, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'stock', all: true, why: 'a test' }),
  });
  expect(response.status).toBe(503);
});
