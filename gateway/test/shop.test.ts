import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gateway } from './fake-orders.ts';

const { app } = gateway();
const text = async (path: string) => (await app.request(path)).text();

/** Every file that the page names, and every module that these import. */
const assets = async (): Promise<string[]> => {
  const found = new Set<string>();
  const visit = async (path: string, names: RegExp) => {
    const body = await text(path);
    for (const [, name = ''] of body.matchAll(names)) {
      const asset = new URL(name, `http://gateway${path}`).pathname;
      if (!asset.startsWith('/shop/') || found.has(asset)) continue;
      found.add(asset);
      if (asset.endsWith('.js')) await visit(asset, /^import .* from '(.+)';$/gm);
    }
  };
  await visit('/', /(?:src|href)="([^"]+)"/g);
  return [...found].sort();
};

const found = await assets();
const page = await text('/');

describe('the shop front', () => {
  it('is at the root', async () => {
    const response = await app.request('/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('<html lang="en">');
  });

  it.each(found)('%s is there', async (asset) => {
    const response = await app.request(asset);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('names all it is made of, so that a browser loads it in one go', () => {
    const folder = readdirSync(new URL('../shop/', import.meta.url));
    const own = folder.filter((name) => /\.(css|js|svg)$/.test(name));
    const files = ['look.css', ...own].map((name) => `/shop/${name}`);
    expect(found).toEqual(files.sort());
    for (const asset of files) expect(page).toContain(`"${asset}"`);
  });

  it('takes nothing from another host, and has no script, style or handler in the page', async () => {
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
    for (const asset of found) expect(await text(asset)).not.toMatch(/url\(|@import ["u]|https?:\/\/(?!www\.w3\.org)/);
  });

  it('makes no markup of what it is told', async () => {
    for (const asset of found.filter((name) => name.endsWith('.js')))
      expect(await text(asset)).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(/,
      );
  });

  it.each(['/', ...found])('%s comes with a policy that allows this host and nothing inline', async (path) => {
    const policy = (await app.request(path)).headers.get('content-security-policy') ?? '';
    const rules = Object.fromEntries(policy.split('; ').map((rule) => [rule.split(' ')[0], rule]));
    expect(rules['default-src']).toBe("default-src 'none'");
    for (const kind of ['script-src', 'style-src', 'connect-src']) expect(rules[kind]).toBe(`${kind} 'self'`);
    expect(rules['frame-ancestors']).toBe("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('is not sent again to who has it', async () => {
    const etag = (await app.request('/')).headers.get('etag') ?? '';
    const again = await app.request('/', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it.each([
    '/shop/index.html',
    '/shop/tsconfig.json',
    '/shop/..%2Fmain.ts',
    '/shop/%2e%2e%2fpackage.json',
    '/shop/constructor',
    '/shop/',
    '/shop',
  ])('serves nothing else: %s', async (path) => {
    expect((await app.request(path)).status).toBe(404);
  });

  it('tells who has no JavaScript another way in', () => {
    const noscript = /<noscript>([\s\S]*)<\/noscript>/.exec(page)?.[1] ?? '';
    expect(noscript).toContain('/apis/swagger/index.html');
    expect(noscript).toContain('curl ');
  });

  it('has a label for every field', () => {
    for (const [, id] of page.matchAll(/<input id="(\w+)"/g)) expect(page).toContain(`<label for="${id}"`);
  });
});
