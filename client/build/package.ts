// npm run client: makes the package @quadrille/client, which needs nothing else of this repository.
import { dirname, join } from 'node:path';
import { buildPackage } from './build.ts';

const folder = join(dirname(dirname(import.meta.dirname)), '.quadrille', 'client');
buildPackage(folder);
process.stdout.write(`Made ${folder}: npm install it where it is used, or npm publish it.\n`);
