import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { processNames } from '@quadrille/stack/process-env';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot as picture } from './support/browser.ts';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

type Api = { paths: Record<string, { get?: object }> };

const screenshot = (page: Page, name: string) => picture(page, name, ['light', 'dark']);

/** The console as an operator sees it: the real processes behind a real browser. */
describe('an operator', () => {
  let system: System;
  let browser: Browser;
  let publisher: Publisher;
  beforeAll(async () => {
    [system, browser] = await Promise.all([
      startSystem({ processes: [...processNames], env: { LOG_LEVEL: 'warn' } }),
      openBrowser(),
    ]);
    const { brokers } = system.stack;
    publisher = createPublisher((connecting) => createClient(brokers, 'test', silentLog(), connecting));
  }, openTimeout);
  afterAll(async () => {
    await publisher?.close();
    await browser?.close();
    await system?.stop();
  });

  const open = async (path: string, options: Parameters<typeof openPage>[1] = {}): Promise<Page> => {
    const page = await openPage(browser, options);
    page.setDefaultTimeout(120_000);
    await page.goto(new URL(path, system.stack.urls.console).toString());
    return page;
  };
  const standingIs = (page: Page, status: string) => page.locator('#standing .badge', { hasText: status }).waitFor();
  const isLive = (page: Page) => page.locator('.pulse[data-state="live"]').waitFor();

  it('watches an order go through', async () => {
    const list = await open('/orders');
    await isLive(list);
    const orderId = await system.submit({ ...order, couponId: 1 });
    await list.locator(`#o-${orderId} .badge`, { hasText: 'awaiting-payment' }).waitFor();
    await list.locator('ul#waits li', { hasText: '1 waits for the customer' }).waitFor();
    await screenshot(list, 'console-1-orders');
    await list.locator(`#o-${orderId} a`).click();
    await standingIs(list, 'awaiting-payment');
    await list.getByText('waits for the customer to pay').first().waitFor();
    expect(await list.locator('svg.wide-only .arrow.forward').count()).toBe(3);
    expect(await list.locator('tbody tr').count()).toBe(4);
    await screenshot(list, 'console-2-placed');
    await list.locator('svg.wide-only').getByText('coupon-applied').click();
    await list.locator('tr:target', { hasText: 'coupon-applied' }).getByText('userId, productId').click();
    await list.locator('tr:target pre', { hasText: '"discount": 1000' }).waitFor();
  });

  it('sees a refused order, with its compensations, and who has processed what', async () => {
    const orderId = await system.submit({ ...order, couponId: 1 });
    await system.orderWhen(orderId, 'cancelled');
    const page = await open(`/orders/${orderId}`);
    await standingIs(page, 'cancelled');
    await page.locator('tr', { hasText: 'stock-released' }).waitFor();
    expect(await page.locator('.tag.undo').count()).toBe(2);
    expect(await page.locator('svg.wide-only .arrow.undo').count()).toBe(2);
    expect(await page.textContent('#standing')).toContain('coupon-used');
    await screenshot(page, 'console-3-refused');
  });

  it('reads what an order waits for while stock is stopped, and sees it go on when stock is back', async () => {
    await system.stack.processes.get('stock')?.stop();
    const orderId = await system.submit(order);
    const page = await open(`/orders/${orderId}`, { expected: /404/ });
    // The page may be asked for before the first event has come.
    for (; (await page.locator('#standing').count()) === 0; await page.reload()) await page.waitForTimeout(100);
    await page.locator('#standing', { hasText: /waits for stock since \d\d:\d\d:\d\d/ }).waitFor();
    await screenshot(page, 'console-4-waiting');
    const flow = await open('/flow');
    await flow.locator('#f-stock', { hasText: 'nobody is there' }).waitFor();
    await screenshot(flow, 'console-5-flow');
    await system.stack.restart('stock');
    await standingIs(page, 'awaiting-payment');
  });

  it('cancels an order, and says why', async () => {
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    const page = await open(`/orders/${orderId}`);
    await isLive(page);
    await page.getByText('Cancel…').click();
    await page.getByLabel('Why').fill('the customer called');
    await page.getByRole('button', { name: 'Cancel this order' }).click();
    await page.getByRole('alert').getByText('The order is being cancelled').waitFor();
    await standingIs(page, 'cancelled');
    await page.goto(new URL('/audit-log', system.stack.urls.console).toString());
    await page.locator('tr', { hasText: 'the customer called' }).getByText('done').waitFor();
  });

  it('finds an order held by a parked event, retries it, and sees the order end', async () => {
    await system.rows(
      'ALTER TABLE eshop_stock.products ADD CONSTRAINT bad_day CHECK (product_id <> 2 OR available >= 200)',
    );
    const orderId = await system.submit({ ...order, productId: 2, amount: 2200 });
    const page = await open('/parked');
    await page
      .locator('tr', { hasText: orderId.slice(-6) })
      .getByRole('link', { name: 'order-created' })
      .click();
    await page.locator('#cause', { hasText: 'bad_day' }).waitFor();
    await page.locator('dd.id a').click();
    await page.locator('#standing', { hasText: 'waits for stock since' }).waitFor();
    await page.locator('#operations', { hasText: 'Parked in stock: order-created' }).waitFor();
    await screenshot(page, 'console-6-held');

    await system.rows('ALTER TABLE eshop_stock.products DROP CONSTRAINT bad_day');
    await page.getByRole('link', { name: 'look, retry' }).click();
    await page.getByText('Retry…').click();
    await page.locator('#act-retry').getByLabel('Why').fill('the constraint is gone');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('alert').getByText('1 event retried').waitFor();
    await standingIs(page, 'awaiting-payment');
    await system.call('POST', `/api/v1/orders/${orderId}/cancel`);
    await standingIs(page, 'cancelled');
  });

  it('mends a parked event, and is not harmed by what is in it', async () => {
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    const reason = { code: 'called-off', message: 'by somebody else', step: 'order' } as const;
    const { key, headers } = encodeEvent(received(orderId, orderCancelled.of({ reason })), Buffer.from(''));
    const value = Buffer.from('{"reason":"<img src=x onerror=alert(1)>"}');
    await publisher.publish([{ topic: 'order-events', key, headers, value }]);

    const page = await open('/parked?service=stock');
    await page
      .locator('tr', { hasText: orderId.slice(-6) })
      .getByRole('link', { name: 'order-cancelled' })
      .click();
    await page.locator('#cause', { hasText: 'has the wrong shape' }).waitFor();
    await page.locator('#predicted', { hasText: 'would fail again, for the same reason' }).waitFor();
    await page.locator('pre', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    await screenshot(page, 'console-7-parked');
    await page.getByText('Edit…').click();
    await page.getByLabel('Payload').fill(JSON.stringify({ reason }));
    await page.locator('#act-edit').getByLabel('Why').fill('the reason was no reason');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.locator('#predicted', { hasText: 'would apply 1 event, and leave nothing parked' }).waitFor();
    await page.getByText('Retry…').click();
    await page.locator('#act-retry').getByLabel('Why').fill('mended');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('alert').getByText('1 event retried').waitFor();
    await page.locator('tr', { hasText: 'stock-released' }).waitFor();

    const unrecognized = await open('/unrecognized');
    await unrecognized.locator('td', { hasText: 'has the wrong shape' }).first().waitFor();
    await screenshot(unrecognized, 'console-8-unrecognized');
  });

  it('sees what a replay would do before it does it', async () => {
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    const page = await open(`/replay?order=${orderId}`);
    await page.getByLabel('To').selectOption('stock');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('#predicted', { hasText: 'applied before: nothing would happen' }).waitFor();
    await screenshot(page, 'console-9-replay');
    await page.getByLabel('Why').fill('to be sure');
    await page.getByRole('button', { name: /^Replay 1 event to stock/ }).click();
    await page.getByRole('alert').getByText('1 already-applied').waitFor();
    await page.locator('tr', { hasText: 'to be sure' }).waitFor();
    await screenshot(page, 'console-10-audit-log');
  });

  it('gets by the API what its document says', async () => {
    const ask = async (path: string) => (await fetch(new URL(path, system.stack.urls.console))).json();
    const document = (await ask('/openapi.json')) as Api;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const { orders } = (await ask('/api/v1/orders')) as { orders: { orderId: string }[] };
    const calls = Object.entries(document.paths).filter(([path, { get }]) => get && !path.includes('{seq}'));
    expect(calls.length).toBeGreaterThan(7);
    for (const [path] of calls) {
      const answer = await ask(
        `${path.replace('{orderId}', orders[0]?.orderId ?? '')}${path.endsWith('replay') ? '?to=stock&all=true' : ''}`,
      );
      const place = `api#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}`;
      const isAsSaid = ajv.compile({ $ref: `${place}/get/responses/200/content/application~1json/schema` });
      expect([path, isAsSaid(answer), isAsSaid.errors]).toEqual([path, true, null]);
    }
  });

  it('is told what is wrong with a question, and what would be right', async () => {
    const wrong: [string, RegExp][] = [
      ['/orders?colour=red', /colour is no filter: there are id, status/],
      ['/orders?status=lost', /status must be one of submitted/],
      ['/orders?from=yesterdayish', /from .*yesterdayish/],
      ['/orders/42', /"42" is no order id: one looks like/],
      [`/orders/${randomUUID()}`, /No event of an order .* has come here/],
      ['/parked?service=shop', /service must be one of order, stock, coupon, pay/],
      ['/parked/stock/999999', /999999/],
      ['/replay?to=stock&from=13%3A99', /13:99/],
      ['/rates?range=2h', /range must be one of 1h/],
      ['/audit-log?before=x', /before.* must be a whole number/],
      ['/nowhere', /There is nothing at this address/],
    ];
    const page = await open('/orders', { expected: /40[04]/ });
    for (const [path, message] of wrong) {
      const response = await page.goto(new URL(path, system.stack.urls.console).toString());
      expect([path, [400, 404].includes(response?.status() ?? 0)]).toEqual([path, true]);
      await page.getByRole('alert').getByText(message).first().waitFor();
    }
    await page.goto(new URL('/orders?colour=red&user=me', system.stack.urls.console).toString());
    await screenshot(page, 'console-12-wrong');
  });

  it('sees rates, and needs no JavaScript for any of it', async () => {
    const rates = await open('/rates');
    await rates.locator('#reasons', { hasText: 'coupon-used' }).waitFor();
    await screenshot(rates, 'console-11-rates');
    const page = await open('/orders', { javaScript: false });
    await page.getByText('Filter').click();
    await page.getByLabel('Reason').fill('coupon-used');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('.row .badge', { hasText: 'cancelled' }).first().waitFor();
    expect(await page.locator('.row[id]').count()).toBe(1);
    await page.locator('.row[id] a').click();
    await standingIs(page, 'cancelled');
  });

  it('is not missed by orders when the console is killed, and finds all of them after', async () => {
    await system.stack.kill('console', 'SIGKILL');
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    await system.stack.restart('console');
    const page = await open('/orders');
    await page.locator(`#o-${orderId} .badge`, { hasText: 'awaiting-payment' }).waitFor();
    expect((await fetch(new URL(`/api/v1/orders/${randomUUID()}`, system.stack.urls.console))).status).toBe(404);
  });
});
