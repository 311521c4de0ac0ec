import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import type { Finding } from './check.ts';

export type Place = { readonly file: string; readonly line: number };

type Source = { readonly file: string; readonly lines: readonly string[] };

const read = (file: string): Source | null => {
  const path = join(root, file);
  return existsSync(path) ? { file, lines: readFileSync(path, 'utf8').split('\n') } : null;
};

const contracts = (): readonly Source[] =>
  readdirSync(join(root, 'contracts'))
    .filter((file) => file.endsWith('-events.ts'))
    .flatMap((file) => read(`contracts/${file}`) ?? []);

const find = (sources: readonly Source[], pattern: RegExp): Place | null => {
  for (const { file, lines } of sources) {
    const index = lines.findIndex((line) => pattern.test(line));
    if (index >= 0) return { file, line: index + 1 };
  }
  return null;
};

/** Where an event is declared. */
const declarationOf = (type: string): Place | null => find(contracts(), new RegExp(`^\\s*(.*\\()?'${type}',`));

/** Where a service decides about an event: its case, else the list of what it subscribes to, else its manifest. */
const ruleOf = (service: string, type: string | null): Place => {
  const sources = ['rules', 'store', 'service'].flatMap((name) => read(`services/${service}/${name}.ts`) ?? []);
  return (
    (type === null ? null : find(sources, new RegExp(`case '${type}'`))) ??
    find(sources, /\bsubscribes\b/) ?? { file: 'services/list.ts', line: 1 }
  );
};

/** The file and line to look at first. */
export const placeOf = ({ event, service }: Pick<Finding, 'event' | 'service'>): Place =>
  service === null
    ? ((event === null ? null : declarationOf(event)) ?? { file: 'contracts/catalogue.ts', line: 1 })
    : ruleOf(service, event);

/** What the comment of an event's contract says, by type. */
export const descriptionsOf = (types: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(types.map((type) => [type, commentAbove(declarationOf(type))]));

const commentAbove = (place: Place | null): string => {
  const lines = (place && read(place.file)?.lines.slice(0, place.line)) ?? [];
  const start = lines.findLastIndex((line) => line.startsWith('/**'));
  const end = lines.findIndex((line, index) => index >= start && line.includes('*/'));
  // Between the comment and the type there is only the beginning of the declaration.
  if (start < 0 || end < 0 || lines.slice(end + 1).filter((line) => line.startsWith('export const')).length !== 1)
    return '';
  return lines
    .slice(start, end + 1)
    .join(' ')
    .replace(/^\/\*\*|\*\/.*$/g, '')
    .replaceAll(/\s+\*?\s+/g, ' ')
    .trim();
};
