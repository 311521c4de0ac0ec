import { relative } from 'node:path';
import { root } from '@quadrille/stack/root';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { drawDiagram } from './diagram.ts';
import { anchorOf, isDead, targetOf } from './links.ts';
import { addressOf, pages, sections } from './pages.ts';
import { copySources, sourceAddressOf } from './sources.ts';

/** @throws if the link leads nowhere: then there is no website */
const addressFrom = (file: string, link: string): string => {
  const target = targetOf(file, link);
  if (!target) return link;
  if (isDead(target)) throw new Error(`${file} links to ${link}, which is not there: correct the link.`);
  const anchor = target.anchor === undefined ? '' : `#${target.anchor}`;
  return (pages.includes(target.path) ? addressOf(target.path) : sourceAddressOf(target.path)) + anchor;
};

/** Links are written as they work in the repository: to its files. */
const resolveLinks = (markdown: MarkdownRenderer): void => {
  markdown.core.ruler.after('inline', 'links-of-repository', ({ tokens, env }) => {
    const file = relative(root, env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? []))
      if (token.type === 'link_open') token.attrSet('href', addressFrom(file, token.attrGet('href') ?? ''));
  });
};

const drawDiagrams = (markdown: MarkdownRenderer): void => {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    return token?.info === 'mermaid' ? drawDiagram(token.content) : (fence?.(tokens, index, ...rest) ?? '');
  };
};

export default defineConfig({
  title: 'Quadrille',
  description: 'A choreographed order saga on Kafka and MySQL: four services, no conductor.',
  lang: 'en',
  srcDir: root,
  srcExclude: ['site/**', 'test/**', 'tools/**'],
  rewrites: (file) => file.replace(/(^|\/)README\.md$/, '$1index.md'),
  outDir: `${root}/site`,
  cacheDir: `${root}/node_modules/.cache/vitepress`,
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      resolveLinks(markdown);
      drawDiagrams(markdown);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: sections.map(({ pages, ...section }) => ({
      ...section,
      items: pages.map((page) => ({ text: page.text, link: addressOf(page.file) })),
    })),
  },
  buildEnd: ({ outDir }) => copySources(outDir),
});
