import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, StackError } from '@quadrille/process/errors';
import { build, type Plugin } from 'esbuild';
import { bundledAs, bundlesFolder, bundlesOfSource } from './bundles.mjs';
import { entries, type ProcessName } from './process-env.ts';
import { root } from './root.ts';

/** The commands that people wait for: bootstrap.mjs runs their bundles, too, once they are made. */
const commands = ['tools/stack/start.ts', 'tools/stack/ops.ts'];

/**
 * Native code, and what is loaded by its path as well: there must be one copy of it in a process. OpenTelemetry is read only by processes that
 * export traces.
 */
const external = ['@opentelemetry/*', 'esbuild', 'kafkajs', 'lz4-napi', 'pino', 'pino-pretty', 'snappy'];

/** Bundles of that many states of the source are kept. */
const kept = 5;

/**
 * The main file of each process as one bundle, made once for each state of the source. Node would read 800 files in its place: 1.5 s of CPU
 * and 300 MB of memory for each process.
 * @returns the folder; in it each main has its place in the repository
 */
const makeBundles = async (): Promise<string> => {
  const folder = bundlesOfSource();
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await writeBundles(unfinished, folder);
  } catch (cause) {
    throw new StackError(`The source could not be bundled (${messageOf(cause)}): npm run check says more.`, { cause });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  removeOld();
  return folder;
};

const writeBundles = async (unfinished: string, folder: string): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: [...Object.values(entries), ...commands],
    outdir: unfinished,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external,
    // Packages that are CommonJS call it for what Node has built in.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
    },
    plugins: [keepPlaces],
    logLevel: 'error',
  });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another command has made the same meanwhile.
    if (!existsSync(folder)) throw error;
  }
};

/** Our files read others that lie beside them: to them, `import.meta` is that of the source. */
const keepPlaces: Plugin = {
  name: 'keep places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      // This file speaks of `import.meta` in texts.
      if (path.includes('/node_modules/') || path.endsWith('tools/stack/bundle.ts')) return undefined;
      const contents = readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
      return { loader: 'ts', contents };
    }),
};

const removeOld = (): void => {
  const made = (name: string) => statSync(join(bundlesFolder, name)).mtimeMs;
  const old = readdirSync(bundlesFolder)
    .sort((a, b) => made(b) - made(a))
    .slice(kept);
  for (const name of old) rmSync(join(bundlesFolder, name), { recursive: true, force: true });
};

let bundles: Promise<string> | undefined;

/** The file that runs a process: its bundle, made now if the source has changed. */
export const programOf = async (name: ProcessName): Promise<string> => {
  bundles ??= makeBundles();
  return join(await bundles, bundledAs(entries[name]));
};
