import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '@quadrille/stack/root';

/** What stands between three backticks says what to type, not where to look. */
export const proseOf = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/^```.*?^```/gms, '');

/** The anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsIn = (file: string): string[] =>
  [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** A place in the repository: a file or folder, seen from its root, and perhaps an anchor. */
export type Target = { readonly path: string; readonly anchor: string | undefined };

/** Where a link of a Markdown file leads; null: to another host. */
export const targetOf = (file: string, link: string): Target | null => {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = '', anchor] = link.split('#');
  return { path: path === '' ? file : join(dirname(file), path), anchor };
};

/** Whether there is no such file, or no such heading in it. */
export const isDead = ({ path, anchor }: Target): boolean =>
  !existsSync(join(root, path)) || (anchor !== undefined && !anchorsIn(path).includes(anchor));

/** The links of a Markdown file, to pages and pictures, that lead nowhere. */
export const deadLinksOf = (file: string): string[] =>
  [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => {
      const target = targetOf(file, link);
      return target !== null && isDead(target);
    });
