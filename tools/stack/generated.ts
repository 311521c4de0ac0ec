import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeFile } from '@quadrille/deploy/compose';
import { services } from '@quadrille/services';
import { root } from './root.ts';

/** Files that follow from others, by their place in the repository: what each has to hold. The client's types are made by client/build. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'docker-compose.yml': composeFile(),
  'deploy/secrets.sh': readFileSync(join(root, 'deploy/secrets.sh'), 'utf8').replace(
    /^services=.*$/m,
    `services="${services.join(' ')}"`,
  ),
});
