import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPlainText } from '../expose.ts';
import { serveHttp } from '../http.ts';
import { countedBy, histogram, measure } from '../metrics.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
let server: Awaited<ReturnType<typeof serveHttp>>;
let value: () => Promise<number> = async () => 3;
const observe = histogram({ name: 'test_seconds', help: 'Seconds', labelNames: ['kind'] });
measure({ name: 'test_depth', help: 'Depth' }, async () => [[{}, await value()]]);
countedBy('test_events_total', 'Events', () => 7);

beforeAll(async () => {
  server = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, isReady: () => true },
    api: { fetch: () => new Response('{}', { status: 404 }) },
  });
});
afterAll(() => server.close());

const read = async (accept: string) => {
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: { accept } });
  return { type: answer.headers.get('content-type'), text: await answer.text() };
};
const asPrometheus = () => read('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');

describe('/metrics', () => {
  it('has a trace id beside a value, for who reads OpenMetrics', async () => {
    observe({ kind: 'a' })(0.02, traceId);
    const { type, text } = await asPrometheus();
    expect(type).toContain('application/openmetrics-text');
    expect(text).toContain(`test_seconds_bucket{le="0.025",kind="a"} 1 # {trace_id="${traceId}"} 0.02 `);
    expect(text).toMatch(/# TYPE test_events counter\ntest_events_total 7\n/);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('is plain text for others, with whole names of counters and without trace ids', async () => {
    const { type, text } = await read('*/*');
    expect(type).toContain('text/plain');
    expect(text).toContain('# HELP test_events_total Events\n# TYPE test_events_total counter\ntest_events_total 7\n');
    expect(text).not.toMatch(/ # \{|# EOF/);
  });

  it('remembers one trace for many values that come at once', async () => {
    for (let n = 0; n < 100; n++) observe({ kind: 'many' })(0.02, n === 0 ? traceId : 'f'.repeat(32));
    const { text } = await asPrometheus();
    expect(text).toMatch(/kind="many"} 100 # \{trace_id="0af/);
  });

  it('leaves out what cannot be read now, also a gauge without labels', async () => {
    value = () => Promise.reject(new Error('away'));
    expect((await asPrometheus()).text).not.toMatch(/^test_depth \d/m);
    value = async () => 4;
    expect((await asPrometheus()).text).toContain('test_depth 4\n');
  });

  it('counts requests by route, without what stands for an id, and connections', async () => {
    await fetch(`http://127.0.0.1:${server.port}/orders/0199-abc?x=1`);
    await fetch(`http://127.0.0.1:${server.port}/orders/77/cancel`);
    const { text } = await asPrometheus();
    expect(text).toContain('quadrille_http_request_seconds_count{method="GET",route="/orders/{}",status="404"} 1\n');
    expect(text).toContain('route="/orders/{}/cancel"');
    expect(text).toMatch(/^quadrille_http_connections [1-9]/m);
  });

  it('counts invented routes as one', async () => {
    for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
      await fetch(`http://127.0.0.1:${server.port}/${letter}`);
    expect(new Set((await asPrometheus()).text.match(/route="[^"]*"/g)).size).toBeLessThanOrEqual(51);
    expect((await asPrometheus()).text).toContain('route="other"');
  });
});

describe('OpenMetrics as plain text', () => {
  it('keeps what is no counter', () => {
    const gauge = '# HELP a A\n# TYPE a gauge\na{x="1"} 2';
    expect(toPlainText(`${gauge}\n# EOF\n`)).toBe(`${gauge}\n`);
  });
});
