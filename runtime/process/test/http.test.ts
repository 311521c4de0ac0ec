import { afterEach, describe, expect, it } from 'vitest';
import { type Api, serveHttp } from '../http.ts';
import { Counter, Gauge, metrics } from '../metrics.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

type Options = Partial<Pick<Parameters<typeof serveHttp>[0], 'api' | 'isReady' | 'obstacle' | 'metrics'>>;

const start = async (options: Options = {}) => {
  const http = await serveHttp({ host: '127.0.0.1', port: 0, isReady: () => true, ...options });
  cleanUps.push(http.close);
  return { ...http, url: `http://127.0.0.1:${http.port}` };
};

describe('the HTTP server of a process', () => {
  it('says that it lives, whether it can work or not', async () => {
    const { url } = await start({ isReady: () => false });
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('says whether it can work now', async () => {
    let ready = false;
    const { url } = await start({ isReady: () => ready });
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    ready = true;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  it('C1: says what keeps it from its work, as long as it does', async () => {
    let why: string | null = 'the database is read-only';
    const { url } = await start({ obstacle: async () => why });
    const response = await fetch(`${url}/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'not ready', why }]);
    why = null;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    const other = await start({ isReady: () => false, obstacle: async () => null });
    expect((await fetch(`${other.url}/ready`)).status).toBe(503);
  });

  it('shows its metrics to Prometheus: those of Node, and those of whoever adds one', async () => {
    const counter = new Counter({ name: 'door_test_total', help: 'Turns', labelNames: ['side'] });
    counter.inc({ side: 'left' }, 3);
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).split('\n');
    expect(lines).toContain('door_test_total{side="left"} 3');
    expect(lines.some((line) => /^quadrille_process_resident_memory_bytes \d/.test(line))).toBe(true);
    expect(lines.some((line) => /^quadrille_nodejs_eventloop_lag_seconds /.test(line))).toBe(true);
    metrics.removeSingleMetric('door_test_total');
  });

  it('D8: shows no metrics on a port that people reach, but says that it lives and is ready, and nothing else', async () => {
    const api: Api = { fetch: () => new Response('nothing here', { status: 404 }) };
    const { url } = await start({ api, metrics: 'elsewhere' });
    const withApi = await fetch(`${url}/metrics`);
    expect([withApi.status, await withApi.text()]).toEqual([404, 'nothing here']);
    const alone = await start({ metrics: 'elsewhere' });
    expect((await fetch(`${alone.url}/metrics`)).status).toBe(404);
    for (const path of ['/health', '/ready'])
      expect(await (await fetch(`${url}${path}`)).text()).toBe('{"status":"ok"}');
  });

  it('lives through a metric that cannot be read', async () => {
    const name = 'door_test_broken';
    let broken = true;
    const collect = () => {
      if (broken) throw new Error('the database is away');
    };
    new Gauge({ name, help: 'Breaks', collect });
    const { url } = await start();
    expect((await fetch(`${url}/metrics`)).status).toBe(503);
    broken = false;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    metrics.removeSingleMetric(name);
  });

  it('hands everything else to the service', async () => {
    const { url } = await start({ api: { fetch: (request) => new Response(`${request.method} ${request.url}`) } });
    expect(await (await fetch(`${url}/orders/7?a=b`, { method: 'POST', body: 'x' })).text()).toBe(
      `POST ${url}/orders/7?a=b`,
    );
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('is 404 where there is no service behind it', async () => {
    expect((await fetch(`${(await start()).url}/orders`)).status).toBe(404);
  });

  it('refuses a port that is taken', async () => {
    const { port } = await start();
    await expect(serveHttp({ host: '127.0.0.1', port, isReady: () => true })).rejects.toThrow(/port \d+ is taken/);
  });

  it('when it closes, finishes what is in flight, ends what the service keeps open, and takes nothing new', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    let closed = false;
    const api: Api = {
      fetch: () => {
        asked.resolve();
        return answer.promise;
      },
      close: () => {
        closed = true;
      },
    };
    const { url, close } = await start({ api });
    const inFlight = fetch(`${url}/orders`);
    await asked.promise;
    const closing = close();
    expect(closed).toBe(true);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    answer.resolve(new Response('done'));
    expect(await (await inFlight).text()).toBe('done');
    await closing;
  });
});
