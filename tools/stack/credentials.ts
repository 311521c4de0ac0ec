import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from '@quadrille/deploy/provision';
import { forEachService } from '@quadrille/services';
import { sideDatabases } from '@quadrille/services/databases';

/** A random password for each user of the database, made once for each data folder. */
export const readCredentials = (dir: string): Credentials => {
  const file = join(dir, 'credentials.json');
  const made: Partial<Credentials> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const user = (name: string) => ({ user: name, password: randomBytes(24).toString('base64url') });
  const credentials: Credentials = {
    ...forEachService(user),
    relay: user('relay'),
    ops: user('ops'),
    console: user('console'),
    // A folder of an earlier release keeps its passwords, and gets those that it lacks.
    ...made,
    sideDatabases: {
      ...Object.fromEntries(sideDatabases.map(({ name }) => [name, user(name)])),
      ...made.sideDatabases,
    },
  };
  const names = ({ sideDatabases: beside = {}, ...others }: Partial<Credentials>): string =>
    [...Object.keys(others), ...Object.keys(beside)].sort().join();
  if (names(credentials) === names(made)) return credentials;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(credentials, null, 2), { mode: 0o600 });
  return credentials;
};
