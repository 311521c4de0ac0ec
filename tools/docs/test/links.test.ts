import { describe, expect, it } from 'vitest';
import { drawDiagram } from '../diagram.ts';
import { anchorOf, isDead, targetOf } from '../links.ts';
import { addressOf } from '../pages.ts';

describe('links of the documents', () => {
  it.each([
    ['docs/services.md', '../services/stock/rules.ts', 'services/stock/rules.ts', undefined],
    ['docs/services.md', 'settings.md#the-processes', 'docs/settings.md', 'the-processes'],
    ['README.md', '#start', 'README.md', 'start'],
  ])('%s: %s', (file, link, path, anchor) => {
    const target = { path, anchor };
    expect(targetOf(file, link)).toEqual(target);
    expect(isDead(target)).toBe(false);
  });

  it('leaves links to other hosts alone', () => {
    expect(targetOf('README.md', 'http://localhost:8080/')).toBeNull();
    expect(targetOf('README.md', 'mailto:someone@example.com')).toBeNull();
  });

  it('notices a file or a heading that is not there', () => {
    expect(isDead({ path: 'docs/nowhere.md', anchor: undefined })).toBe(true);
    expect(isDead({ path: 'README.md', anchor: 'nowhere' })).toBe(true);
  });

  it('makes anchors as GitHub does', () => {
    expect(anchorOf('2026-11-27, against commit 56264d9')).toBe('2026-11-27-against-commit-56264d9');
    expect(anchorOf('`docker-compose.yml`')).toBe('docker-composeyml');
  });

  it('gives a page the address of its file, and a README that of its folder', () => {
    expect(['README.md', 'docs/adr/README.md', 'docs/chaos.md'].map(addressOf)).toEqual([
      '/',
      '/docs/adr/',
      '/docs/chaos',
    ]);
  });
});

describe('diagrams', () => {
  const drawn = drawDiagram('flowchart LR\n  order -- order-created --> stock\n');

  it('are drawn with what stands in them', () => {
    for (const word of ['order', 'order-created', 'stock']) expect(drawn).toContain(`>${word}</text>`);
  });

  it('bring no style of their own, which would fetch from another host', () => {
    expect(drawn).not.toMatch(/<style|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });
});
