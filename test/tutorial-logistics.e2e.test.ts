import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, screenshot } from './support/browser.ts';
import { exampleFiles, type FollowedTutorial, followTutorial, tutorialTimeout } from './support/tutorial.ts';

describe('docs/tutorials/logistics.md, followed line by line', () => {
  let followed: FollowedTutorial;
  let browser: Browser;
  beforeAll(async () => {
    followed = await followTutorial('logistics');
    browser = await openBrowser();
  }, tutorialTimeout);
  afterAll(async () => {
    await browser?.close();
    await followed?.stop();
  });

  const buy = async (page: Page, userId: number): Promise<void> => {
    page.setDefaultTimeout(60_000);
    await page.goto(followed.gateway);
    await page.getByText('in stock').first().waitFor();
    await page.locator('#user').fill(String(userId));
    await page.locator('#user').press('Tab');
    await page.getByRole('radio', { name: 'Product 2' }).check();
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.locator('#pay').click();
    await page.waitForURL('**/pay/*');
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page
      .getByRole('link', { name: /shop|order/i })
      .first()
      .click();
  };

  it('makes the files of examples/logistics', async () => {
    expect(await followed.outcome()).toEqual(exampleFiles('logistics'));
  });

  it('shows the shipment in the shop', async () => {
    const page = await openPage(browser);
    await buy(page, 1);
    await page.locator('#steps [data-state="done"]', { hasText: 'Shipment created' }).waitFor();
    await screenshot(page, 'logistics-1-shipped', ['light', 'dark']);
  });

  it('shows the refusal of a paid order in the shop, and in the console', async () => {
    const page = await openPage(browser);
    await buy(page, 3);
    await page.locator('#order-status[data-status="cancelled"]').waitFor();
    const steps = page.locator('#steps');
    await steps.getByText('Refused by logistics').waitFor();
    await steps.getByText('Money given back').waitFor();
    await screenshot(page, 'logistics-2-refused', ['light', 'dark']);
    const orderId = new URL(page.url()).hash.replace('#order=', '');
    await page.goto(`${followed.console}/orders/${orderId}`);
    await page.getByText('shipment-refused').first().waitFor();
    await screenshot(page, 'logistics-3-console');
  });

  it('passes the checks of the repository', { timeout: 300_000 }, () => {
    expect(followed.findings()).toEqual([]);
  });
});
