import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installChromium } from '@quadrille/stack/chromium';
import { root } from '@quadrille/stack/root';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** The first call on a machine downloads 160 MB, unless `npm test` has done so: for the timeout of the hook that opens the browser. */
export const openTimeout = 600_000;

export const openBrowser = async (): Promise<Browser> => {
  const { executablePath, env } = await installChromium();
  const { PATH, HOME } = process.env;
  return chromium.launch({ executablePath, env: { PATH, HOME, ...env } });
};

type PageOptions = {
  /** False: as for a customer who has switched it off. */
  javaScript?: boolean;
  /** What the page may complain of, such as the status of a page that is not there. */
  expected?: RegExp;
};

/** A page with cookies and storage of its own, for the test that runs. The test fails if the page complains of anything. */
export const openPage = async (browser: Browser, options: PageOptions = {}): Promise<Page> => {
  const { javaScript = true, expected } = options;
  const context = await browser.newContext({ javaScriptEnabled: javaScript, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  onTestFinished(async () => {
    await context.close();
    const unexpected = complaints.filter((complaint) => !expected?.test(complaint));
    if (unexpected.length > 0) throw new Error(`The page complained:\n${unexpected.join('\n')}`);
  });
  return page;
};

/** Grows with whatever the page writes to its console as an error or warning, throws and does not catch, or may not do by its CSP. */
export const complaintsOf = (page: Page): readonly string[] => {
  const complaints: string[] = [];
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    const { url } = message.location();
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${url})`);
  });
  return complaints;
};

const widths = { desktop: 1280, phone: 390 };

type Scheme = 'light' | 'dark';

/** Pictures of the whole page for people to look at, as on a desk and on a phone, in TEST_ARTIFACTS. */
export const screenshot = async (page: Page, name: string, schemes: readonly Scheme[] = ['light']): Promise<void> => {
  const folder = process.env.TEST_ARTIFACTS || join(root, 'test-artifacts');
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  for (const [device, width] of Object.entries(widths)) {
    await page.setViewportSize({ width, height: 800 });
    for (const scheme of schemes) {
      await page.emulateMedia({ colorScheme: scheme });
      const path = join(folder, `${name}-${device}${scheme === 'dark' ? '-dark' : ''}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
};
