import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCreated } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import { services } from '@quadrille/services';
import { processNames } from '@quadrille/stack/process-env';
import { installPrometheus, type RunningPrometheus, startPrometheus } from '@quadrille/stack/prometheus';
import { root } from '@quadrille/stack/root';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);
const folder = join(root, 'deploy/monitoring');
const { promtool } = await installPrometheus();

describe('alert rules', () => {
  it('are sound, and each fires when it should and only then', async () => {
    await run(promtool, ['check', 'rules', join(folder, 'alerts.yml')]);
    await run(promtool, ['test', 'rules', join(folder, 'alerts.test.yml')]);
    const tested = readFileSync(join(folder, 'alerts.test.yml'), 'utf8');
    for (const [, name] of readFileSync(join(folder, 'alerts.yml'), 'utf8').matchAll(/- alert: (\w+)/g)) {
      expect(tested).toContain(`name: ${name} fires`);
      expect(tested).toContain(`name: ${name} does not`);
    }
  });

  it('lead to a section of the runbook each', () => {
    const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
    for (const [, name, anchor] of readFileSync(join(folder, 'alerts.yml'), 'utf8').matchAll(
      /- alert: (\w+)[\s\S]*?runbook_url: docs\/runbook\.md#(\w+)/g,
    )) {
      expect(anchor).toBe(name?.toLowerCase());
      expect(runbook).toMatch(new RegExp(`^## ${name}$`, 'm'));
    }
  });
});

describe('Prometheus beside the running system', () => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-prometheus-'));
  let system: System;
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    system = await startSystem({ processes: [...processNames] });
    await system.rows('UPDATE eshop_stock.products SET available = 10000');
    prometheus = await startPrometheus({ dir, every: '1s' });
    const targets = [...system.stack.processes.values()].map(async ({ name, metrics }) => ({
      service: name,
      port: await metrics,
    }));
    prometheus.follow(await Promise.all(targets));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await system?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const query = async (expr: string): Promise<{ metric: Record<string, string> }[]> => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const body = (await answer.json()) as { status: string; error?: string; data: { result: [] } };
    if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`);
    return body.data.result;
  };
  const request = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };
  const place = async (count: number) => {
    const ids = await Promise.all(Array.from({ length: count }, () => system.submit(request)));
    for (const id of ids) await system.orderWhen(id, 'awaiting-payment');
  };

  it('reads every process', async () => {
    await until('all are up', async () => (await query('up == 1')).length === processNames.length);
  });

  it('the metrics of each process follow the conventions of Prometheus', async () => {
    for (const { name, metrics } of system.stack.processes.values()) {
      const text = await (await fetch(`http://127.0.0.1:${await metrics}/metrics`)).text();
      const checking = run(promtool, ['check', 'metrics']);
      checking.child.stdin?.end(text);
      const said = await checking.catch((error: { stdout: string; stderr: string }) => error);
      expect(`${said.stdout}${said.stderr}`, name).toBe('');
    }
  });

  it('every expression of the dashboards gives data while orders flow', { timeout: 300_000 }, async () => {
    await place(30);
    const targets = readdirSync(join(folder, 'dashboards')).flatMap((file) =>
      (
        JSON.parse(readFileSync(join(folder, 'dashboards', file), 'utf8')) as {
          panels: { targets: { expr: string }[] }[];
        }
      ).panels.flatMap((panel) => panel.targets.map(({ expr }) => expr)),
    );
    expect(targets.length).toBeGreaterThan(30);
    const expressions = targets.flatMap((expr) =>
      expr.includes('$service') ? services.map((name) => expr.replaceAll('$service', name)) : [expr],
    );
    for (const expr of expressions)
      await until(`data for ${expr}`, async () => {
        const some = (await query(expr.replaceAll('$__rate_interval', '1m'))).length > 0;
        if (!some) await place(1);
        return some;
      });
  });

  it('three faults raise their alerts', { timeout: 400_000 }, async () => {
    await place(60);
    expect(await query('ALERTS{alertname=~"EventsParked|OutboxNotRelayed|NoConsumer"}')).toEqual([]);
    const producer = createClient(system.stack.brokers, 'mallory', silentLog()).producer();
    await producer.connect();
    const { type, version, topic, publisher } = orderCreated;
    const event = received(randomUUID(), { type, version, topic, publisher, data: {} });
    await producer.send({ topic, messages: [encodeEvent(event, Buffer.from('{}'))] });
    await producer.disconnect();
    await until('it is parked', async () => (await query('quadrille_participant_parked_now > 0')).length > 0);
    await system.stack.kill('coupon', 'SIGTERM');
    await system.stack.kill('relay', 'SIGTERM');
    const firing = (alert: string) =>
      until(
        `${alert} fires`,
        async () => (await query(`ALERTS{alertname="${alert}",alertstate="firing"}`))[0],
        240_000,
      );
    expect((await firing('EventsParked')).metric).toMatchObject({ service: 'stock' });
    expect((await firing('NoConsumer')).metric).toMatchObject({ consumer: 'coupon' });
    expect((await firing('OutboxNotRelayed')).metric).toMatchObject({ severity: 'critical' });
    expect(
      (await query('ALERTS{alertname="ProcessDown",alertstate="firing"}')).map(({ metric }) => metric.service).sort(),
    ).toEqual(['coupon', 'relay']);
  });
});
