import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawScore } from '@quadrille/ops/score/drawing';
import { compare } from '@quadrille/ops/score/live';
import { edgesOf, score } from '@quadrille/ops/score/score';
import { toText } from '@quadrille/process/html';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';
import { as, consoleWith, loginAccess } from './app.ts';

const seen = (id: string, type: string, publisher: string, causationId: string | null) => ({
  ...{ id, type, publisher, causationId },
  at: 0,
});
const [wide = ''] = toText(drawScore(score)).split('narrow-only');
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;
const causedBy = edgesOf(score).filter(({ received }) => received !== null);

describe('the drawing of the score', () => {
  it('has a lane for each service, a row for each event, and an arc for each edge', () => {
    for (const { name } of score.services) expect(wide).toContain(`>${name}</text>`);
    for (const { type } of score.events) expect(wide).toContain(`>${type}</text>`);
    expect(count(wide, /class="arc [a-z]+ known"/g)).toBe(causedBy.length);
    expect(wide).not.toMatch(/NaN|undefined/);
  });

  it('marks what is silent and what the score does not know, and counts the rest', () => {
    const { edges } = compare(score, [
      seen('1', 'order-created', 'order', null),
      seen('2', 'stock-reserved', 'stock', '1'),
      seen('3', 'coupon-released', 'coupon', '1'),
      seen('4', 'coupon-applied', 'coupon', null),
    ]);
    const [live = ''] = toText(drawScore(score, edges)).split('narrow-only');
    expect(count(live, /class="arc [a-z]+ heard"/g)).toBe(1);
    expect(count(live, /class="arc [a-z]+ unknown"/g)).toBe(1);
    expect(count(live, /class="arc [a-z]+ silent"/g)).toBe(causedBy.length - 1);
    // Only an event makes it happen, by the score.
    expect(live).toMatch(/class="hand unknown"/);
    expect(live).toContain('<title>order-created -&gt; coupon-released (coupon)</title>');
  });
});

describe('a console whose database is away', () => {
  it('shows the score alone, and serves the document that is written', async () => {
    const access = await loginAccess();
    const { app } = await consoleWith(access);
    const page = await app.request('/score', { headers: as(access, 'reader') });
    const text = await page.text();
    expect(page.status).toBe(200);
    expect(text).toContain('The database of the console does not answer');
    expect(text).toContain('class="score wide-only"');
    const document = await (await app.request('/asyncapi.json')).json();
    expect(document).toEqual(JSON.parse(readFileSync(join(root, 'docs/asyncapi.json'), 'utf8')));
  });
});
