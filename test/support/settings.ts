import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions, publicApis } from '@quadrille/services';
import { databaseUrlOf, sideDatabases } from '@quadrille/services/databases';
import { entries } from '@quadrille/stack/process-env';
import { root } from '@quadrille/stack/root';

/** The settings that a process reads from its environment; true: it does not start without. */
export type Settings = Map<string, boolean>;

/** The processes of the stack, and the one-shot setup of a deployment, by the file that is their main. */
export const mains: Readonly<Record<string, string>> = { ...entries, setup: 'deploy/setup.ts' };

const source = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Found in the source, so that no test has to repeat a name: the keys of all `readSettings({ ... })` and all `process.env.NAME`. */
export const settingsOf = (main: string): Settings => {
  const code = source(main);
  const service = /\brunService[(<]/.test(code) ? source('runtime/participant/service.ts') : '';
  const ops = /\breadOpsSettings\(/.test(code) || main === 'ops/settings.ts' ? source('ops/settings.ts') : '';
  return new Map([
    ...settingsIn(code),
    ...settingsIn(service),
    ...settingsIn(ops),
    ...ofServices(code + ops, main),
    ...readDirectly(),
  ]);
};

/** Those whose names follow from the list of services: what rules depend on, and the URLs of databases. */
const ofServices = (code: string, main: string): Settings => {
  const found: Settings = new Map();
  for (const { name, settings } of definitions) {
    const isIts = main === entries[name] || /definition\.settings/.test(code);
    if (isIts) for (const setting of settings) found.set(setting, false);
    if (/databaseUrlOf\(service\), mysqlUrl/.test(code))
      found.set(databaseUrlOf(name), !/databaseUrlOf\(service\), mysqlUrl\.optional/.test(code));
  }
  if (/\bPUBLIC_APIS:/.test(code)) for (const name of publicApis) found.set(`${name.toUpperCase()}_URL`, true);
  if (/services\.map\(databaseUrlOf\)/.test(code))
    for (const name of [
      ...definitions.map((each) => databaseUrlOf(each.name)),
      ...sideDatabases.map(({ setting }) => setting),
    ])
      found.set(name, true);
  return found;
};

const settingsIn = (code: string): Settings => {
  const found: Settings = new Map();
  for (const { 0: call, index } of code.matchAll(/readSettings\(\s*\{/g)) {
    for (const entry of splitEntries(code.slice(index + call.length))) {
      const [, name, shape] = /^\s*([A-Z][A-Z\d_]*):\s*(.+)$/s.exec(entry) ?? [];
      if (name && shape) found.set(name, !mayBeMissing(shape));
    }
  }
  return found;
};

/** The entries of an object literal whose opening brace has been read. */
const splitEntries = (code: string): string[] => {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of code) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character) && depth-- === 0) break;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
};

const mayBeMissing = (shape: string): boolean => {
  const shared = source('runtime/process/settings.ts').matchAll(/export const (\w+) = ([^;]*);/g);
  const withDefault = [...shared]
    .filter(([, , definition]) => definition?.includes('.default('))
    .map(([, name]) => name);
  return /\.(default|optional)\(/.test(shape) || withDefault.some((name) => new RegExp(`\\b${name}\\b`).test(shape));
};

/** What the package `process` reads for every process, with a default for each. */
const readDirectly = (): Settings => {
  const code = readdirSync(join(root, 'runtime', 'process')).filter((name) => name.endsWith('.ts'));
  const names = code.flatMap((name) => [...source(`runtime/process/${name}`).matchAll(/process\.env\.([A-Z_]+)/g)]);
  return new Map(names.map(([, name]) => [String(name), false]));
};
