// npm run docs: builds the website of the documents; with --serve it shows it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '@quadrille/stack/root';
import { build, serve } from 'vitepress';

const help = `npm run docs -- [options]   builds the website of the documents into site/

  --serve      then shows it at http://localhost:4173
  --port N     at another port

Environment:
  DOCS_SOURCE_URL  where the repository can be read, for links to source files: https://HOST/OWNER/NAME/blob/main
                   (the website holds copies)
`;

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(help);
else {
  const site = join(root, 'tools/docs');
  await build(site);
  if (values.serve) await serve({ root: site, port: Number(values.port) });
}
