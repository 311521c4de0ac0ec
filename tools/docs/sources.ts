import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '@quadrille/stack/root';

const linked = new Set<string>();

const isFolder = (path: string): boolean => statSync(join(root, path)).isDirectory();

const isPicture = (path: string): boolean => /\.(png|svg)$/.test(path);

/** The name of a copy. A browser shows text, whatever language it is in; a folder is a list of its files. */
const copyOf = (path: string): string =>
  isFolder(path) ? join(path, 'files.txt') : isPicture(path) ? path : `${path}.txt`;

/**
 * The address of a source file or folder: where DOCS_SOURCE_URL says that the repository can be read, else that of a copy in the website,
 * which `copySources` makes.
 */
export const sourceAddressOf = (path: string): string => {
  const { DOCS_SOURCE_URL: repository } = process.env;
  if (repository) return `${repository.replace(/\/$/, '')}/${path}`;
  linked.add(path);
  return `/source/${copyOf(path)}`;
};

/** Copies what the pages have linked to. */
export const copySources = (site: string): void => {
  for (const path of linked) {
    const copy = join(site, 'source', copyOf(path));
    mkdirSync(dirname(copy), { recursive: true });
    if (isPicture(path)) copyFileSync(join(root, path), copy);
    // The mark at its beginning says that it is UTF-8, whatever the web server says.
    else writeFileSync(copy, `\uFEFF${isFolder(path) ? filesIn(path) : readFileSync(join(root, path), 'utf8')}`);
  }
};

const filesIn = (folder: string): string =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', folder], {
    cwd: root,
    encoding: 'utf8',
  });
