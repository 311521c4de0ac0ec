import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';
import { type System, startSystem } from './support/system.ts';

/** The article's shop as a customer sees it: the real processes behind a real browser. */
describe('a customer', () => {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    // Long enough to pay, short enough to wait for.
    [system, browser] = await Promise.all([
      startSystem({ env: { LOG_LEVEL: 'warn', PAYMENT_EXPIRY: '60s' } }),
      openBrowser(),
    ]);
  }, openTimeout);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const openShop = async (options: Parameters<typeof openPage>[1] = {}): Promise<Page> => {
    const page = await openPage(browser, options);
    page.setDefaultTimeout(180_000);
    await page.goto(system.stack.urls.gateway);
    await page.getByText('in stock').first().waitFor();
    return page;
  };
  const orderProduct = async (page: Page, product: string, coupon: string) => {
    await page.getByRole('radio', { name: product }).check();
    await page.getByRole('radio', { name: coupon }).check();
    await page.getByRole('button', { name: 'Place order' }).click();
  };
  const orderIs = (page: Page, status: string) => page.locator(`#order-status[data-status="${status}"]`).waitFor();
  const inStock = (page: Page, text: string) => page.locator('#goods').getByText(text).waitFor();
  const openPayment = async (page: Page) => {
    await page.locator('#pay').click();
    await page.waitForURL('**/pay/*');
  };
  const paymentIs = (page: Page, stage: string) => page.locator(`main[data-stage="${stage}"]`).waitFor();

  it('orders with a coupon, sees it placed, pays, and sees it paid', async () => {
    const page = await openShop();
    await screenshot(page, 'shop-1-empty');
    await orderProduct(page, 'Product 1', 'Coupon 1');
    await orderIs(page, 'awaiting-payment');
    await inStock(page, '99 in stock');
    await screenshot(page, 'shop-2-placed');

    await openPayment(page);
    await paymentIs(page, 'open');
    expect(await page.textContent('h1')).toContain('1.00');
    expect(await page.textContent('.bill')).toMatch(/1 × product 1\s*11\.00\s*Coupon\s*−10\.00\s*Total\s*1\.00/);
    await screenshot(page, 'pay-1-open');
    await page.getByRole('button', { name: /^Pay/ }).click();
    await paymentIs(page, 'paid');
    await screenshot(page, 'pay-2-paid');

    await page
      .getByRole('link', { name: /shop|order/i })
      .first()
      .click();
    await orderIs(page, 'paid');
    await page.locator('#goods').getByText('1 sold').waitFor();
    await screenshot(page, 'shop-3-paid');
  });

  it('orders again, declines, and sees it cancelled and the stock back', async () => {
    const page = await openShop();
    await orderProduct(page, 'Product 2', 'No coupon');
    await orderIs(page, 'awaiting-payment');
    await inStock(page, '199 in stock');
    await openPayment(page);
    await page.getByRole('button', { name: 'Decline' }).click();
    await paymentIs(page, 'declined');
    await screenshot(page, 'pay-3-declined');
    await page
      .getByRole('link', { name: /shop|order/i })
      .first()
      .click();
    await orderIs(page, 'cancelled');
    await inStock(page, '200 in stock');
    await screenshot(page, 'shop-4-declined');
  });

  it('lets one expire, and the page says so by itself', { timeout: 240_000 }, async () => {
    const page = await openShop();
    await orderProduct(page, 'Product 2', 'Coupon 2');
    await orderIs(page, 'awaiting-payment');
    await openPayment(page);
    await paymentIs(page, 'expired');
    await screenshot(page, 'pay-4-expired');
    await page
      .getByRole('link', { name: /shop|order/i })
      .first()
      .click();
    await orderIs(page, 'cancelled');
    await inStock(page, '200 in stock');
    expect(await page.locator('#coupons').textContent()).toContain('Coupon 2');
    await screenshot(page, 'shop-5-expired');
  });

  it('cancels on the shop page', async () => {
    const page = await openShop();
    await orderProduct(page, 'Product 2', 'No coupon');
    await orderIs(page, 'awaiting-payment');
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await orderIs(page, 'cancelled');
    await inStock(page, '200 in stock');
    await screenshot(page, 'shop-6-cancelled');
  });

  it('pays without JavaScript', async () => {
    const orderId = await system.submit({ userId: 1, productId: 2, amount: 2200, productCount: 1, couponId: 0 });
    const { payment } = await system.orderWhen(orderId, 'awaiting-payment');
    const page = await openPage(browser, { javaScript: false });
    await page.goto(`${system.stack.urls.gateway}/pay/${payment?.paymentId}`);
    await page.getByRole('button', { name: /^Pay/ }).click();
    await paymentIs(page, 'paid');
    await screenshot(page, 'pay-5-without-javascript');
    expect((await system.orderWhen(orderId, 'paid')).final).toBe(true);
  });

  it('who asks for a payment that is not there is told so', async () => {
    const page = await openPage(browser, { expected: /404/ });
    const response = await page.goto(`${system.stack.urls.gateway}/pay/01980000-0000-7000-8000-000000000000`);
    expect(response?.status()).toBe(404);
    await screenshot(page, 'pay-6-unknown');
  });
});
