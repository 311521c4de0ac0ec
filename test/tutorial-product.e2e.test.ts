import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, screenshot } from './support/browser.ts';
import { exampleFiles, type FollowedTutorial, followTutorial, tutorialTimeout } from './support/tutorial.ts';

describe('docs/tutorials/product.md, followed line by line', () => {
  let followed: FollowedTutorial;
  let browser: Browser;
  beforeAll(async () => {
    followed = await followTutorial('product');
    browser = await openBrowser();
  }, tutorialTimeout);
  afterAll(async () => {
    await browser?.close();
    await followed?.stop();
  });

  it('makes the files of examples/product', async () => {
    expect(await followed.outcome()).toEqual(exampleFiles('product'));
  });

  it('shows names, pictures and the new price in the shop, and orders as before', async () => {
    const page = await openPage(browser);
    page.setDefaultTimeout(60_000);
    await page.goto(followed.gateway);
    const mug = page.locator('.choice', { hasText: 'Tea mug' });
    await mug.getByText('9.00').waitFor();
    await page.waitForFunction("[...document.querySelectorAll('img.picture')].every((img) => img.naturalWidth > 0)");
    expect(await page.locator('img.picture').count()).toBe(2);
    await page.getByRole('radio', { name: 'Desk lamp' }).check();
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.locator('#pay').waitFor();
    await screenshot(page, 'product-1-shop', ['light', 'dark']);
  });

  it('shows numbers in place of names where product does not answer', async () => {
    const page = await openPage(browser, { expected: /ERR_FAILED/ });
    page.setDefaultTimeout(60_000);
    await page.route('**/api/v1/product/**', (route) => route.abort());
    await page.goto(followed.gateway);
    await page.getByRole('radio', { name: 'Product 1' }).waitFor();
    expect(await page.locator('img.picture').count()).toBe(0);
  });

  it('passes the checks of the repository', { timeout: 300_000 }, () => {
    expect(followed.findings()).toEqual([]);
  });
});
