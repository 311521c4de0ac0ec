// npm run new: writes a new service or a new event.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '@quadrille/process/errors';
import { root } from '@quadrille/stack/root';
import { withService } from '@quadrille/stack/service-list';
import { parseArguments, usage } from './arguments.ts';
import { eventsFileOf, withEvent } from './event.ts';
import type { EventOptions } from './event-options.ts';
import type { AnnouncerOptions, ServiceOptions } from './options.ts';
import { askForService } from './questions.ts';
import { announcerFiles, serviceFiles } from './service.ts';

const bin = join(root, 'node_modules', '.bin');

const run = (command: string, args: readonly string[], cwd = root): void => {
  const { status, error, stdout, stderr } = spawnSync(join(bin, command), args, { cwd, encoding: 'utf8' });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${error?.message ?? ''}${stdout}${stderr}`);
};

const write = (file: string, content: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
  console.log(`  ${file}`);
};

/** Formats what was written, and writes anew what follows from the list of services and the events. */
const finish = (files: readonly string[]): void => {
  run('biome', ['check', '--write', ...files]);
  run('node', ['tools/stack/generate.ts']);
  console.log('  and what npm run generate writes: docker-compose.yml, tables in README.md and docs');
};

const writeService = (options: ServiceOptions | AnnouncerOptions): void => {
  const { name } = options;
  const folder = `services/${name}`;
  if (existsSync(join(root, folder)))
    throw new UsageError(`There is a folder ${folder} already: take another name, or remove it.`);
  console.log('Written:');
  const files = 'announces' in options ? announcerFiles(options) : serviceFiles(options);
  for (const [file, content] of Object.entries(files)) write(file, content);
  run('drizzle-kit', ['generate', '--name', 'init'], join(root, folder));
  console.log(`  ${folder}/migrations`);
  const list = 'services/list.ts';
  write(list, withService(readFileSync(join(root, list), 'utf8'), name));
  finish([...Object.keys(files), list]);
  const isPublisher = 'announces' in options || options.publishes;
  const events = isPublisher ? `; contracts/${name}-events.ts: say what its events tell` : '';
  const path = 'announces' in options ? 'items/ID' : options.http ? 'orders/ORDER-ID' : null;
  console.log(`
Next:
  1. npm test -- services/${name}: its tests pass, and are the table to go on from
  2. npm start: it runs with the others${path ? `, and the gateway answers /api/v1/${name}/${path}` : ''}
  3. ${folder}/rules.ts: say what it does${events}; then npm run generate`);
};

const writeEvent = (options: EventOptions): void => {
  const file = eventsFileOf(options.by);
  console.log('Written:');
  write(file, withEvent(readFileSync(join(root, file), 'utf8'), options));
  finish([file]);
  console.log(`
Next:
  1. ${file}: say what ${options.type} tells
  2. services/${options.by}/rules.ts: publish it
  3. subscribes and decide in the rules.ts of each service that reacts`);
};

const main = async (): Promise<void> => {
  const wanted = parseArguments(process.argv.slice(2));
  switch (wanted.what) {
    case 'help':
      return console.log(usage);
    case 'questions':
      if (!process.stdin.isTTY) throw new UsageError(`Say what to write:\n\n${usage}`);
      return writeService(await askForService());
    case 'service':
    case 'announcer':
      return writeService(wanted.options);
    case 'event':
      return writeEvent(wanted.options);
  }
};

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
