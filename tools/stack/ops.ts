// npm run ops -- VERB: the command line; where the environment names no system, for the stack that npm start runs in this folder.
import { envOfStack } from './ops-env.ts';
import { dataFolder } from './stack-file.ts';

const { env } = process;
if (!env.OPS_DATABASE_URLS && !env.OPS_DATABASE_URLS_FILE) Object.assign(env, envOfStack(dataFolder(env)));
await import('@quadrille/deploy/quadrille');
