import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@quadrille/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { payOrder } from './support/pay.ts';
import { copyTree, type TreeCopy } from './support/tree-copy.ts';
import { until } from './support/until.ts';

/** Runs in the copy: starts its stack on free ports, prints where it is, and stops when its input ends. */
const starter = `import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { processNames } from './tools/stack/process-env.ts';
import { startStack } from './tools/stack/stack.ts';
const dir = mkdtempSync(join(import.meta.dirname, '.quadrille-'));
const stack = await startStack({ dir, ports: 'free', processes: [...processNames] });
console.log(JSON.stringify({ urls: stack.urls, opsEnv: stack.opsEnv }));
process.stdin.resume().on('end', async () => { await stack.stop(); process.exit(0); });
`;

const options =
  '--subscribes payment-succeeded --publishes keepsake-chosen --rejects keepsake-refused --undoes keepsake-returned --http';
const ownRule = `const refuse: Refuse = (event) =>
  event.type === 'payment-succeeded' && event.data.amount > 1000
    ? { code: 'too-dear', message: 'no keepsake for an order above 10.00', step: 'keepsake' }
    : null;`;

/** How long something takes, in ms. */
const took = (work: () => void): number => {
  const began = performance.now();
  work();
  return performance.now() - began;
};

type Running = { urls: Record<string, string>; opsEnv: NodeJS.ProcessEnv };

describe('a fifth service', () => {
  let tree: TreeCopy;
  let stack: ChildProcess | undefined;
  let running: Running;
  let orderId: string;
  let commandTook: number;

  beforeAll(() => {
    tree = copyTree();
    commandTook = took(() => tree.run('tools/new/main.ts', 'service', 'keepsake', ...options.split(' ')));
    // What its author writes: keepsakes are for orders up to 10.00.
    tree.edit('services/keepsake/rules.ts', (rules) => rules.replace('const refuse: Refuse = () => null;', ownRule));
    tree.run('tools/stack/generate.ts');
  }, 120_000);
  afterAll(async () => {
    if (stack && stack.exitCode === null) {
      stack.stdin?.end();
      await once(stack, 'exit');
    }
    tree?.remove();
  });

  const ops = (...args: string[]): string => {
    const { opsEnv } = running;
    writeFileSync(
      join(tree.dir, '.ops.ts'),
      `Object.assign(process.env, ${JSON.stringify(opsEnv)});\nawait import('./deploy/quadrille.ts');\n`,
    );
    return tree.run('.ops.ts', ...args);
  };

  const client = () => createClient({ baseUrl: running.urls.gateway as string });
  /** An order of one product of 11.00 that its customer pays, with a coupon of 10.00 or without. */
  const buy = async (couponId: number): Promise<string> => {
    const submitted = await client().submit({ userId: 1, productId: 1, amount: 1100, productCount: 1, couponId });
    const placed = await client().read(submitted.orderId, { wait: 30, until: 'placed' });
    await payOrder(running.urls.gateway as string, placed.payment?.paymentId ?? '');
    return submitted.orderId;
  };

  it('is a folder, a file of events and a line; all else is generated', () => {
    const generated = [
      ...['contracts/generated/events.ts', 'contracts/generated/publishers.ts', 'deploy/secrets.sh'],
      ...['client/openapi.ts', 'docker-compose.yml', 'README.md', 'docs/choreography.md', 'docs/services.md'],
      ...['docs/asyncapi.json', 'docs/score.md', 'docs/score.svg', 'ops/score/generated/decisions.ts'],
      'deploy/monitoring/dashboards/service.json',
      ...['docs/settings.md', 'docs/quadrille.schema.json', 'runtime/process/generated/service-settings.ts'],
    ];
    const isOwn = (file: string) =>
      !/^(services\/keepsake|contracts\/schemas)\//.test(file) && !generated.includes(file);
    expect(tree.changed().filter(isOwn)).toEqual(['contracts/keepsake-events.ts', 'services/list.ts']);
  });

  it('passes npm run check', () => {
    const output = tree.run('tools/stack/check.ts');
    expect(output).toMatch(/passed +Generated files/);
    expect(output).toMatch(/passed +Contracts of events/);
    expect(output).toMatch(/passed +The choreography/);
    expect(output).toContain('compatible: keepsake-chosen version 1: it is a new event');
  }, 300_000);

  it('has its place in docker-compose.yml', () => {
    const compose = parse(readFileSync(join(tree.dir, 'docker-compose.yml'), 'utf8')) as {
      services: Record<string, { command?: string[] }>;
    };
    expect(compose.services.keepsake?.command).toEqual(['node', 'services/keepsake/main.ts']);
  });

  it('receives an event on the running stack, and keeps what it decided', async () => {
    const began = performance.now();
    writeFileSync(join(tree.dir, '.start.ts'), starter);
    stack = spawn(join(tree.dir, 'node_modules', '.bin', 'node'), ['.start.ts'], {
      cwd: tree.dir,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(stack.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
    running = JSON.parse(line.toString()) as Running;
    orderId = await buy(1);
    const paid = await client().read(orderId, { wait: 30, until: 'final' });
    expect(paid).toMatchObject({ status: 'paid', final: true });
    const trace = await until('the keepsake is in the trace', async () => {
      const found = JSON.parse(ops('trace', orderId, '--json')) as Trace;
      return found.holds.keepsake && found.events.some(({ type }) => type === 'keepsake-chosen') ? found : null;
    });
    const seconds = Math.round((commandTook + performance.now() - began) / 1_000);
    process.stdout.write(`From npm run new to the first event that the new service has processed: ${seconds} s\n`);
    expect(trace.holds).toMatchObject({ stock: 'sold', keepsake: 'done' });
    expect(trace.waitsFor).toBeNull();
    expect(trace.events.find(({ type }) => type === 'payment-succeeded')?.deliveries).toContainEqual(
      expect.objectContaining({ service: 'keepsake', takenAt: expect.any(String) }),
    );
  }, 300_000);

  it('answers calls at the gateway', async () => {
    const response = await fetch(new URL(`/api/v1/keepsake/orders/${orderId}`, running.urls.gateway));
    expect([response.status, await response.json()]).toEqual([200, { orderId, status: 'done' }]);
  });

  it('refuses a paid order: it is cancelled, the money goes back, and all services undo their parts', async () => {
    const refused = await buy(0);
    const end = await client().read(refused, { wait: 60, until: 'final' });
    expect(end).toMatchObject({ status: 'cancelled', final: true, reason: { code: 'too-dear', step: 'keepsake' } });
    const trace = JSON.parse(ops('trace', refused, '--json')) as Trace;
    expect(trace.holds).toMatchObject({ stock: 'released', pay: 'refunded', keepsake: 'rejected' });
    expect(trace.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'payment-succeeded',
        'keepsake-refused',
        'order-cancelled',
        'payment-refunded',
        'keepsake-returned',
      ]),
    );
    expect(trace.waitsFor).toBeNull();
  }, 120_000);

  it('is verified with the others', () => {
    expect(JSON.parse(ops('verify', '--json'))).toMatchObject({ findings: [] });
  });

  it('has a lane in the console, with its event', async () => {
    const page = await until('the console shows the event', async () => {
      const response = await fetch(new URL(`/orders/${orderId}`, running.urls.console));
      const text = await response.text();
      return text.includes('keepsake-chosen') && text;
    });
    expect(page).toMatch(/<g class="lane">[\s\S]*?>keepsake<\/text>/);
  });
});

type Trace = {
  holds: Record<string, string | null>;
  waitsFor: object | null;
  events: { type: string; deliveries: { service: string; takenAt: string | null }[] }[];
};
