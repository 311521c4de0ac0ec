import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, pages } from '@quadrille/docs/pages';
import { root } from '@quadrille/stack/root';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';

const site = join(root, 'site');
const host = 'http://docs.test';

/** The file of an address, as any web server finds it. */
const fileOf = (path: string): string => {
  const file = path.endsWith('/') ? `${path}index.html` : path;
  return join(site, existsSync(join(site, file)) ? file : `${file}.html`);
};

describe('the website of the documents', () => {
  let browser: Browser;
  beforeAll(async () => {
    execFileSync(process.execPath, ['tools/docs/main.ts'], { cwd: root, stdio: 'pipe' });
    browser = await openBrowser();
  }, openTimeout);
  afterAll(() => browser?.close());

  /** A page that gets the files of the website, and nothing from elsewhere. */
  const open = async (): Promise<{ page: Page; foreign: string[] }> => {
    const page = await openPage(browser);
    const foreign: string[] = [];
    await page.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      if (url.origin === host) return route.fulfill({ path: fileOf(decodeURIComponent(url.pathname)) });
      foreign.push(url.href);
      return route.abort();
    });
    return { page, foreign };
  };

  it('shows every page as wide as the window, and asks no other host', async () => {
    const { page, foreign } = await open();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const file of pages) {
        await page.goto(host + addressOf(file));
        await page.locator('.vp-doc h1').waitFor();
        expect(await page.evaluate<number>('document.documentElement.scrollWidth'), file).toBeLessThanOrEqual(width);
      }
    }
    expect(foreign).toEqual([]);
  });

  it('draws the saga, in light and dark', async () => {
    const { page } = await open();
    await page.goto(`${host}/docs/choreography`);
    expect(await page.locator('.diagram svg text', { hasText: 'order-created' }).isVisible()).toBe(true);
    await screenshot(page, 'website-choreography', ['light', 'dark']);
  });

  it('leads from a page to the source it speaks of', async () => {
    const { page } = await open();
    await page.goto(`${host}/docs/choreography`);
    await page.locator('.vp-doc a[href*="services/stock/rules.ts"]').first().click();
    await page.getByText('export const decide =').waitFor();
  });

  it('finds a page by a word', async () => {
    const { page } = await open();
    await page.goto(`${host}/`);
    await page.keyboard.press('Control+k');
    await page.locator('#localsearch-input').fill('tombstone');
    await page.getByRole('option').filter({ hasText: 'Glossary' }).first().click();
    await page.waitForURL(/\/docs\/glossary/);
  });
});
