import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@quadrille/client';
import { exampleNames } from '@quadrille/stack/examples';
import { candidatePort } from '@quadrille/stack/ports';
import { root } from '@quadrille/stack/root';
import { type Running, startInBackground } from '@quadrille/tutorials/shell';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder } from './support/pay.ts';

const node = join(root, 'node_modules', '.bin', 'node');

describe('npm start with all examples', () => {
  let dir: string;
  let gateway: string;
  let env: NodeJS.ProcessEnv;
  let stack: Running | undefined;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'quadrille-examples-'));
    const [gatewayPort, consolePort] = [await candidatePort(), await candidatePort()];
    gateway = `http://localhost:${gatewayPort}`;
    const { PATH, HOME, QUADRILLE_CACHE } = process.env;
    env = { PATH, HOME, ...(QUADRILLE_CACHE && { QUADRILLE_CACHE }), QUADRILLE_DIR: dir, NO_COLOR: '1' };
    const ports = { GATEWAY_PORT: String(gatewayPort), CONSOLE_PORT: String(consolePort) };
    const command = `npm start -- --with ${exampleNames().join(',')} --quiet`;
    stack = await startInBackground({ dir: root, env: { ...env, ...ports } }, command);
  }, 300_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const ops = (...args: string[]): unknown =>
    JSON.parse(execFileSync(node, ['tools/stack/ops.ts', ...args, '--json'], { cwd: root, env, encoding: 'utf8' }));

  it('takes a paid order back that cannot be shipped, and the command line knows the services of the examples', async () => {
    const client = createClient({ baseUrl: gateway });
    const opened = await fetch(`${gateway}/api/v1/user/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Bo', email: 'bo@example.org', address: '3 Hill Road' }),
    });
    const { userId } = (await opened.json()) as { userId: number };
    const { orderId } = await client.submit({ userId, productId: 1, amount: 1100, productCount: 1 });
    const { payment } = await client.read(orderId, { wait: 30, until: 'placed' });
    await payOrder(gateway, payment?.paymentId ?? '');
    const end = await client.read(orderId, { wait: 60, until: 'final' });
    expect(end).toMatchObject({ status: 'cancelled', reason: { code: 'unknown-address', step: 'logistics' } });
    expect(ops('trace', orderId)).toMatchObject({ holds: { logistics: 'rejected', pay: 'refunded' } });
    expect(ops('verify')).toMatchObject({ findings: [] });
  }, 120_000);
});
