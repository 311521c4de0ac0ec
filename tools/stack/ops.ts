// npm run ops -- VERB: the command line; where the environment names no system, for the stack that npm start runs in this folder.
import { resolve } from 'node:path';
import { rootOfStack, runInCopy } from './handover.ts';
import { envOfStack } from './ops-env.ts';
import { root } from './root.ts';
import { dataFolder } from './stack-file.ts';

const { env } = process;
if (!env.OPS_DATABASE_URLS && !env.OPS_DATABASE_URLS_FILE) {
  const dir = resolve(dataFolder(env));
  const copy = rootOfStack(dir);
  if (copy !== root) process.exit(await runInCopy(copy, 'tools/stack/ops.ts', process.argv.slice(2), dir));
  Object.assign(env, envOfStack(dir));
}
await import('@quadrille/deploy/quadrille');
