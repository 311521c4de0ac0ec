import { keyOf, type Setting, settingsIn } from '@quadrille/process/settings/setting';
import { find, type Source } from '@quadrille/process/settings/source';
import { forEachService } from '@quadrille/services';
import { sideDatabases } from '@quadrille/services/databases';
import { allSettings } from './all-settings.ts';
import { processEnv, processNames } from './process-env.ts';
import { readers } from './readers.ts';
import { sourceOfStart, startSettings } from './start-settings.ts';

/** What `npm start` reads first, and only then gives to the processes. */
const read: ReadonlyMap<string, Setting> = new Map(settingsIn(startSettings).map((setting) => [setting.path, setting]));

/**
 * The configuration that `npm start` would run with, as a quadrille.yaml: where each value comes from is in a comment, and so is all that
 * cannot stand in such a file. No secret is in it.
 */
export const printConfig = async (given: Source): Promise<string> => {
  const source = sourceOfStart(given);
  const { parse } = await import('yaml');
  /** As short as YAML reads it back. */
  const scalar = (text: string): string => {
    const isPlain = /^[\w./@-][\w./:@,-]*$/.test(text) && String(parse(text)) === text;
    return isPlain ? text : JSON.stringify(text);
  };
  const lines = [
    '# What npm start runs with here. The environment (env) goes before files that NAME_FILE names (file), these before quadrille.yaml (yaml),',
    `# that before the default. ${source.file ? `quadrille.yaml is ${source.file.place}.` : 'There is no quadrille.yaml.'}`,
  ];
  const made = madeByStart();
  let open: readonly string[] = [];
  for (const setting of allSettings) {
    const groups = setting.path.split('.').slice(0, -1);
    groups.forEach((name, depth) => {
      if (groups.slice(0, depth + 1).join() !== open.slice(0, depth + 1).join())
        lines.push(`${'  '.repeat(depth)}${name}:`);
    });
    open = groups;
    const line = made.has(setting.path)
      ? `# ${nameOf(setting)}: npm start sets it`
      : lineOf(read.get(setting.path) ?? setting, source, scalar);
    lines.push(`${'  '.repeat(groups.length)}${line}`);
  }
  return `${lines.join('\n')}\n`;
};

const lineOf = (setting: Setting, source: Source, scalar: (text: string) => string): string => {
  const { env } = setting;
  const name = nameOf(setting);
  const { from, raw = '' } = find(setting, source);
  if (from === 'nothing') return `# ${name}: not set (${env})${setting.without ? `: ${plain(setting.without)}` : ''}`;
  if (setting.secret) {
    if (from === 'env') return `# ${name}: redacted  # env ${env}`;
    return from === 'file'
      ? `${name}: ${scalar(String(source.env[`${env}_FILE`]))}  # file ${env}_FILE`
      : `${name}: ${scalar(String(source.file?.values.get(keyOf(setting))))}  # yaml`;
  }
  const value = typeof raw === 'string' ? scalar(raw) : `[${raw.map(scalar).join(', ')}]`;
  const where = { env: `env ${env}`, file: `file ${env}_FILE`, yaml: 'yaml', default: 'default' }[from];
  return `${name}: ${value}  # ${where}`;
};

const nameOf = (setting: Setting): string => keyOf(setting).split('.').at(-1) ?? '';

const plain = (markdown: string): string => markdown.replaceAll('`', '');

/** The settings that `npm start` gives to every process that reads them, whatever the shell and quadrille.yaml say. */
const madeByStart = (): ReadonlySet<string> => {
  const user = () => ({ user: '', password: '' });
  const envs = processNames.map((name) => {
    const env = processEnv(name, {
      brokers: [],
      mysqlUrl: 'mysql://localhost',
      ports: { relay: 0, gateway: 0, console: 0, ...forEachService(() => 0) },
      credentials: {
        ...forEachService(user),
        ...{ relay: user(), ops: user(), console: user() },
        sideDatabases: Object.fromEntries(sideDatabases.map(({ name: side }) => [side, user()])),
      },
    });
    return { env, settings: readers[name] };
  });
  const reads = envs.flatMap(({ env, settings }) =>
    settings.map(({ path, env: key }) => ({ path, given: key in env })),
  );
  const byPath = Map.groupBy(reads, ({ path }) => path);
  return new Set(
    [...byPath].filter(([path, all]) => !read.has(path) && all.every(({ given }) => given)).map(([path]) => path),
  );
};
