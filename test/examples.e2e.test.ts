import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@quadrille/client';
import { asAdmin } from '@quadrille/db/grants';
import { exampleNames } from '@quadrille/stack/examples';
import { candidatePort } from '@quadrille/stack/ports';
import { root } from '@quadrille/stack/root';
import { readStackFile } from '@quadrille/stack/stack-file';
import { type Running, startInBackground } from '@quadrille/tutorials/shell';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder } from './support/pay.ts';
import { until } from './support/until.ts';

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

  const call = (...args: string[]): unknown =>
    JSON.parse(execFileSync(node, ['tools/stack/call.ts', ...args], { cwd: root, env, encoding: 'utf8' }));
  const ops = (...args: string[]): unknown =>
    JSON.parse(execFileSync(node, ['tools/stack/ops.ts', ...args, '--json'], { cwd: root, env, encoding: 'utf8' }));

  /** The tables that have rows of the user. */
  const tablesThatKnow = (userId: number, address: string): Promise<readonly string[]> =>
    asAdmin(readStackFile(dir)?.mysqlUrl ?? '', async (admin) => {
      const places = [
        ...['eshop_order.orders', 'eshop_pay.payments', 'eshop_console.orders', 'eshop_user.user_orders'],
      ].map((table) => [table, 'user_id', userId] as const);
      const addresses = ['eshop_user.accounts'].map((table) => [table, 'address', address] as const);
      const found: string[] = [];
      for (const place of [...places, ...addresses]) {
        const [rows] = await admin.query('SELECT 1 FROM ?? WHERE ?? = ?', [...place]);
        if ((rows as unknown[]).length > 0) found.push(place[0]);
      }
      return found;
    });

  it('takes a paid order back that cannot be shipped, and the command line knows the services of the examples', async () => {
    const client = createClient({ baseUrl: gateway });
    const opened = await fetch(`${gateway}/api/v1/user/public/accounts`, {
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

  it('takes orders at the price that the catalogue has announced, and no others', async () => {
    const client = createClient({ baseUrl: gateway });
    const order = { userId: 1, productId: 2, productCount: 1 };
    const lamp = { name: 'Desk lamp', description: '', picture: 'lamp', price: 1950 };
    expect(call('product', 'POST', '/products/2', JSON.stringify(lamp))).toMatchObject({ price: 1950, revision: 1 });
    await until('stock has the price', async () => {
      const { price } = (await (await fetch(`${gateway}/api/v1/products/2`)).json()) as { price: number };
      return price === 1950 || null;
    });
    const old = await client.submit({ ...order, amount: 2200 });
    expect(await client.read(old.orderId, { wait: 60, until: 'final' })).toMatchObject({
      status: 'cancelled',
      reason: { code: 'amount-mismatch', step: 'stock' },
    });
    const { orderId } = await client.submit({ ...order, amount: 1950 });
    const { payment } = await client.read(orderId, { wait: 30, until: 'placed' });
    await payOrder(gateway, payment?.paymentId ?? '');
    expect(await client.read(orderId, { wait: 60, until: 'final' })).toMatchObject({ status: 'paid' });
    expect(ops('verify')).toMatchObject({ findings: [] });
    expect(ops('lag')).toMatchObject({ problems: [] });
  }, 120_000);

  it('forgets a user who is erased, in the services of the base, user and the console', async () => {
    const post = async (path: string, body: unknown): Promise<unknown> =>
      (
        await fetch(`${gateway}/api/v1/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json();
    const person = { name: 'Cy', email: 'cy@example.org', address: '5 Lake Street' };
    const { userId } = (await post('user/public/accounts', person)) as { userId: number };
    await post('logistics/addresses', { userId, address: person.address });
    const client = createClient({ baseUrl: gateway });
    const { orderId } = await client.submit({ userId, productId: 1, amount: 1100, productCount: 1 });
    const { payment } = await client.read(orderId, { wait: 30, until: 'placed' });
    await payOrder(gateway, payment?.paymentId ?? '');
    expect(await client.read(orderId, { wait: 60, until: 'final' })).toMatchObject({ status: 'paid', userId });
    await until(
      'all tables know the user',
      async () => (await tablesThatKnow(userId, person.address)).length === 5 || null,
    );
    await post(`user/accounts/${userId}/erase`, {});
    await until('nobody knows the user any more', async () => {
      const found = await tablesThatKnow(userId, person.address);
      return found.length === 0 || null;
    });
    expect(await client.read(orderId)).toMatchObject({ status: 'paid', final: true });
    expect(ops('verify')).toMatchObject({ findings: [] });
  }, 120_000);
});
