import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { processNames } from '@quadrille/stack/process-env';
import { root } from '@quadrille/stack/root';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';
import { type System, startSystem } from './support/system.ts';

const order = { userId: 424_242, productId: 1, amount: 1100, productCount: 1, couponId: 0 };
const passwords = { rita: 'rita looks and asks', operator: 'the operator may act' };

/** As somebody makes a line for CONSOLE_USERS. */
const userLine = (name: string, role: string, password: string): string => {
  const { stdout, status, stderr } = spawnSync(process.execPath, [join(root, 'console/user.ts'), name, role], {
    input: `${password}\n`,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};

describe('the console, not open as it is for developing,', () => {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    const env = {
      ...{ LOG_LEVEL: 'warn', NODE_ENV: 'production', HTTP_HOST: '127.0.0.1', GATEWAY_LOGIN: 'off' },
      CONSOLE_USERS: userLine('rita', 'reader', passwords.rita),
      CONSOLE_OPERATOR_PASSWORD: passwords.operator,
    };
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
  const logIn = async (page: Page, name: keyof typeof passwords, password: string = passwords[name]) => {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };
  const placed = async () => {
    const orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    return orderId;
  };
  /** The console may receive an order a moment later than the customer. */
  const isKnown = async (page: Page, orderId: string) => {
    for (; (await page.locator('#standing').count()) === 0; await page.reload()) await page.waitForTimeout(100);
    await page.getByText(orderId).first().waitFor();
  };

  it('asks to log in, and shows a reader all but what is personal, and nothing to act with', async () => {
    const orderId = await placed();
    const page = await open(`/orders/${orderId}`, { expected: /40[034]/ });
    await screenshot(page, 'console-login', ['light', 'dark']);
    await logIn(page, 'rita');
    await page.waitForURL(`**/orders/${orderId}`);
    await isKnown(page, orderId);
    await page.locator('.pulse[data-state="live"]').waitFor();
    expect(await page.locator('main').textContent()).toContain('payment-created');
    expect(await page.content()).not.toContain(String(order.userId));
    expect(await page.locator('.masked').count()).toBeGreaterThan(1);
    await page.getByText('userId, productId').first().click();
    await page.locator('pre', { hasText: '"userId": "•••"' }).first().waitFor();
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    expect(await page.locator('main form').count()).toBe(0);
    await screenshot(page, 'console-reader', ['light', 'dark']);

    await page.goto(addressOf('/replay'));
    await page.getByRole('alert').getByText('This takes the role operator; you are a reader').waitFor();
    await page.goto(addressOf(`/orders?user=${order.userId}`));
    await page.getByRole('alert').getByText('takes the role operator').waitFor();
  });

  it('lets an operator act by the keyboard alone, and log out', async () => {
    const orderId = await placed();
    const page = await open(`/orders/${orderId}`, { expected: /404/ });
    const type = (text: string) => page.keyboard.type(text);
    const press = (key: string) => page.keyboard.press(key);
    const focused = async () => (await page.locator(':focus').allTextContents())[0]?.trim() ?? '';
    const tabTo = async (text: string) => {
      for (let n = 0; n < 60; n++) {
        if ((await focused()) === text) return;
        await press('Tab');
      }
      throw new Error(`the keyboard does not lead to ${text}`);
    };
    // The form begins in the field for the name.
    await page.locator('input[name="name"]:focus').waitFor();
    await type('operator');
    await press('Tab');
    await type(passwords.operator);
    await press('Enter');
    await page.waitForURL(`**/orders/${orderId}`);
    await isKnown(page, orderId);
    await press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await press('Enter');
    await tabTo('Cancel…');
    await press('Enter');
    await press('Tab');
    await type('the customer wrote');
    await press('Tab');
    expect(await focused()).toBe('Cancel this order');
    await press('Enter');
    await page.locator('#standing .badge', { hasText: 'cancelled' }).waitFor();

    await page.goto(addressOf('/audit-log'));
    await page.locator('tr', { hasText: 'the customer wrote' }).getByText('operator', { exact: true }).waitFor();
    await tabTo('Log out');
    await press('Enter');
    await page.waitForURL('**/login');
    await page.goBack();
    await page.reload();
    await page.getByLabel('Password').waitFor();
  });

  it('does nothing for a form of another site, nor for one without its token', async () => {
    const orderId = await placed();
    const page = await open('/orders', { expected: /403/ });
    await logIn(page, 'operator');
    await page.waitForURL('**/orders');
    const evil = createServer((_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<form method="post" action="${addressOf(`/orders/${orderId}/cancel`)}"><input name="why" value="because"><button>Win</button></form>`,
        ),
    );
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void evil.close());
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}`);
    await page.getByRole('button', { name: 'Win' }).click();
    await page.getByRole('alert').getByText('This came from another site. Nothing was done.').waitFor();

    await page.goto(addressOf(`/orders/${orderId}`));
    await page.locator('#operations input[name="token"]').evaluate((token) => token.remove());
    await page.getByText('Cancel…').click();
    await page.getByLabel('Why').fill('without a token');
    await page.getByRole('button', { name: 'Cancel this order' }).click();
    await page.getByRole('alert').getByText('The form is out of date').waitFor();
    expect((await system.order(orderId)).status).toBe('awaiting-payment');
  });

  it('works without JavaScript, from the login to an act', async () => {
    const orderId = await placed();
    const page = await open(`/orders/${orderId}`, { javaScript: false });
    await logIn(page, 'operator');
    await isKnown(page, orderId);
    await page.getByText('Cancel…').click();
    await page.getByLabel('Why').fill('no script, no problem');
    await page.getByRole('button', { name: 'Cancel this order' }).click();
    await page.getByRole('alert').getByText('The order is being cancelled').waitFor();
    expect((await system.orderWhen(orderId, 'cancelled')).final).toBe(true);
  });

  it('D8: shows nobody its metrics, and says only that it lives and is ready', async () => {
    const ask = async (path: string) => {
      const response = await fetch(addressOf(path));
      return [response.status, response.status === 200 ? await response.text() : ''];
    };
    expect(await ask('/metrics')).toEqual([404, '']);
    for (const path of ['/health', '/ready']) expect(await ask(path)).toEqual([200, '{"status":"ok"}']);
  });

  // The last: it makes this address wait.
  it('makes who guesses wait, also with the right password then', async () => {
    const page = await open('/login', { expected: /403|429/ });
    for (let n = 0; n < 5; n++) {
      await logIn(page, 'rita', 'a guess');
      await page.getByText('Name or password is wrong').waitFor();
    }
    await logIn(page, 'rita');
    await page.getByText(/Too many tries: wait \d+ minutes/).waitFor();
    await screenshot(page, 'console-login-wait');
  });
});
