import { processNames } from '@quadrille/stack/process-env';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';
import { cliOf } from './support/cli.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

type Operation = { id: number; status: string; outcome: { stopped?: string | null } };

describe('the console beside servers that are frozen', { timeout: 300_000 }, () => {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    const env = { LOG_LEVEL: 'warn' };
    [system, browser] = await Promise.all([startSystem({ processes: [...processNames], env }), openBrowser()]);
  }, openTimeout);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const addressOf = (path: string) => new URL(path, system.stack.urls.console).toString();
  const open = async (path: string, options: Parameters<typeof openPage>[1] = {}): Promise<Page> => {
    const page = await openPage(browser, options);
    page.setDefaultTimeout(120_000);
    await page.goto(addressOf(path));
    return page;
  };
  const get = async (path: string) => {
    const response = await fetch(addressOf(path));
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
  };
  /** Stops a server in its tracks, as a machine that swaps does: its connections stay open, and nothing comes. */
  const whileFrozen = async (server: 'kafka' | 'database', work: () => Promise<void>) => {
    const pid =
      system.stack.servers.own.find(({ name }) => name === server)?.pid() ?? expect.fail(`our own ${server} runs`);
    process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it('C8: shows all but what only Kafka knows while Kafka is frozen, and all again after', async () => {
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    const page = await open('/flow');
    await page.locator('#f-stock', { hasText: 'member' }).waitFor();
    await whileFrozen('kafka', async () => {
      await page.locator('#away', { hasText: 'Kafka does not answer; the rest of this page' }).waitFor();
      await page.locator('#f-stock', { hasText: 'not known now' }).waitFor();
      await page.reload();
      await page.locator('#away', { hasText: 'Kafka does not answer' }).waitFor();
      await screenshot(page, 'console-13-kafka-frozen', ['light', 'dark']);
      expect(JSON.parse((await get('/api/v1/flow')).text)).toMatchObject({ away: ['Kafka'] });
      for (const path of ['/orders', `/orders/${orderId}`, '/parked', '/rates', '/unrecognized', '/audit-log'])
        expect([path, (await get(path)).status]).toEqual([path, 200]);
    });
    await page.locator('#away').waitFor({ state: 'detached' });
    await page.locator('#f-stock', { hasText: 'member' }).waitFor();
  });

  it('C8: answers every page and every call while the database is frozen, and shows all again after', async () => {
    const orders = await open('/orders', { expected: /503/ });
    await orders.locator('.pulse[data-state="live"]').waitFor();
    const flow = await open('/flow', { expected: /503/ });
    await whileFrozen('database', async () => {
      await orders.locator('.pulse[data-state="trouble"]', { hasText: 'A database is away' }).waitFor();
      const paths = [
        '/orders',
        '/parked',
        '/rates',
        '/unrecognized',
        '/audit-log',
        '/orders/0198c0de-0000-7000-8000-000000000000',
      ];
      const asked = [...paths, ...paths.map((path) => `/api/v1${path.replace('audit-log', 'operations')}`)];
      const answers = await Promise.all(asked.map(async (path) => ({ path, ...(await get(path)) })));
      for (const { path, status, retryAfter } of answers) expect([path, status, retryAfter]).toEqual([path, 503, '5']);
      await flow.locator('#away', { hasText: 'The database of order and the database of stock' }).waitFor();
      await flow.locator('#f-stock', { hasText: 'member' }).waitFor();
      await screenshot(flow, 'console-14-database-frozen', ['light', 'dark']);
      await orders.reload();
      await orders.getByRole('alert').getByText('The database of the console does not answer').waitFor();
      await screenshot(orders, 'console-15-nothing-to-show');
      const act = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const session = JSON.parse((await get('/api/v1/session')).text) as { token: string };
      const replay = await fetch(addressOf('/api/v1/replay'), {
        ...act,
        headers: { ...act.headers, 'x-csrf-token': session.token },
        body: JSON.stringify({ to: 'stock', all: true, why: 'while it is frozen' }),
      });
      expect([replay.status, await replay.json()]).toMatchObject([
        503,
        { detail: expect.stringContaining('nothing was begun') },
      ]);
    });
    await flow.locator('#away').waitFor({ state: 'detached' });
    for (const path of ['/orders', '/parked', '/rates', '/audit-log'])
      await until(`${path} again`, async () => (await get(path)).status === 200);
  });

  it('D2: stops a replay that the command line runs, by a button that needs no JavaScript', async () => {
    const placed = await Promise.all(Array.from({ length: 20 }, () => system.submit(order)));
    for (const orderId of placed) await system.orderWhen(orderId, 'awaiting-payment');
    // An event a second, and the order service subscribes to three of each order.
    const replay = cliOf(system.stack).start('replay', '--to', 'order', '--all', '--rate', '1', '--why', 'slowly');
    const page = await open('/audit-log', { javaScript: false });
    const row = page.locator('tbody tr', { hasText: 'slowly' });
    for (; (await row.getByText('Stop…').count()) === 0; await page.reload()) await page.waitForTimeout(100);
    await row.getByText('Stop…').click();
    await screenshot(page, 'console-16-stop', ['light', 'dark']);
    await row.getByLabel('Why').fill('it was a slip');
    await row.getByRole('button', { name: /^Stop operation \d+$/ }).click();
    await page.getByRole('alert').getByText('is being stopped').waitFor();
    const { code, stdout } = await replay.ended;
    expect([code, stdout]).toEqual([1, expect.stringContaining('stopped by developer: it was a slip')]);
    const { operations } = JSON.parse((await get('/api/v1/operations')).text) as { operations: Operation[] };
    expect(operations[0]).toMatchObject({
      status: 'stopped',
      outcome: { stopped: 'stopped by developer: it was a slip' },
    });
    await page.reload();
    await row.locator('.badge', { hasText: 'stopped' }).waitFor();
    expect(await row.getByText('Stop…').count()).toBe(0);
  });

  it('D2: asks for "all" before it replays or releases without a choice', async () => {
    const page = await open('/replay', { javaScript: false, expected: /400/ });
    await page.getByLabel('To').selectOption('stock');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('alert').getByText('all must be true when nothing is chosen').waitFor();
    await page.goBack();
    await page.getByLabel('All events').check();
    await screenshot(page, 'console-17-replay-all');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('#predicted').first().waitFor();
  });
});
