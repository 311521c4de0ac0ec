import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { complaintsOf, openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';
import { until } from './support/until.ts';

let browser: Browser;
let server: Server;
let origin: string;
const pages: Record<string, string> = {
  '/fine':
    '<!doctype html><title>Fine</title><link rel="icon" href="data:,"><h1>Fine</h1><script src="/fine.js"></script>',
  '/fine.js': 'document.querySelector("h1").textContent = "Fine, with JavaScript"',
  '/throws': '<!doctype html><link rel="icon" href="data:,"><script src="/throws.js"></script>',
  '/throws.js': 'throw new Error("no reason")',
  '/says': '<!doctype html><link rel="icon" href="data:,"><script src="/says.js"></script>',
  '/says.js': 'console.error("said so")',
  '/inline': '<!doctype html><link rel="icon" href="data:,"><script>document.title = "inline"</script>',
  '/lacks': '<!doctype html><link rel="icon" href="data:,"><script src="/missing.js"></script>',
};

beforeAll(async () => {
  browser = await openBrowser();
  server = createServer(({ url = '' }, response) => {
    const page = pages[url];
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': url.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'self'; img-src data:",
    });
    response.end(page);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, openTimeout);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

afterEach(() => vi.unstubAllEnvs());

describe('a page', () => {
  it('that is fine has nothing to complain of, with JavaScript and without', async () => {
    const page = await openPage(browser);
    await page.goto(`${origin}/fine`);
    expect(await page.textContent('h1')).toBe('Fine, with JavaScript');
    const without = await openPage(browser, { javaScript: false });
    await without.goto(`${origin}/fine`);
    expect(await without.textContent('h1')).toBe('Fine');
  });

  it.each([
    ['/throws', /uncaught: no reason/],
    ['/says', /said so/],
    ['/inline', /Content Security Policy/],
    ['/lacks', /404/],
  ])('that does as %s does is received to complain', async (path, complaint) => {
    const page = await openPage(browser, { expected: complaint });
    const complaints = complaintsOf(page);
    await page.goto(origin + path);
    await until('a complaint', async () => complaints.some((text) => complaint.test(text)));
  });
});

describe('a picture', () => {
  let folder: string;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is taken at the width of a desk and of a phone', async () => {
    folder = mkdtempSync(join(tmpdir(), 'quadrille-artifacts-'));
    vi.stubEnv('TEST_ARTIFACTS', folder);
    const page: Page = await openPage(browser);
    await page.goto(`${origin}/fine`);
    await screenshot(page, 'fine');
    // Of a PNG the width is in the bytes 16 to 19.
    const widthOf = (name: string) => readFileSync(join(folder, name)).readUInt32BE(16);
    expect(widthOf('fine-desktop.png')).toBe(1280);
    expect(widthOf('fine-phone.png')).toBe(390);
    expect(page.viewportSize()?.width).toBe(1280);
  });
});
