// npm run docs: builds the website of the documents; with --serve it shows it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '@quadrille/process/errors';
import { root } from '@quadrille/stack/root';
import { build, serve } from 'vitepress';

const help = `npm run docs -- [options]   builds the website of the documents into site/

  --serve      then shows it at http://localhost:4173
  --port N     at another port

Environment:
  DOCS_SOURCE_URL  where the repository can be read, for links to source files: https://HOST/OWNER/NAME/blob/main
                   (the website holds copies)
`;

const readOptions = () =>
  parseArgs({
    options: {
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '4173' },
      help: { type: 'boolean', default: false },
    },
  }).values;

const run = async (): Promise<void> => {
  const options = readOptions();
  if (options.help) return console.log(help);
  const site = join(root, 'tools/docs');
  await build(site);
  if (options.serve) await serve({ root: site, port: Number(options.port) });
};

/** What is wrong with a page is said by the error of a rule of ours; where in the bundler it passed by helps nobody. */
const withoutStack = (message: string): string => message.replace(/\n +at .*/g, '');

await run().catch((error: unknown) => {
  console.error(withoutStack(messageOf(error)));
  process.exitCode = 1;
});
