import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { SettingsError } from '@quadrille/process/settings/error';

export const roles = ['reader', 'operator'] as const;
/** A reader looks, and sees no personal data; an operator sees all, and acts. */
export type Role = (typeof roles)[number];

export type User = { readonly name: string; readonly role: Role; readonly hash: string };

/** Memory-hard: 32 MB and some 200 ms for each try (OWASP's figures). */
const cost = { N: 32_768, r: 8, p: 3, maxmem: 67_108_864 };
const length = 32;
const derive = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt);

/** A password as the setting CONSOLE_USERS holds it: `scrypt$SALT$HASH`, base64url. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const hash = await derive(password.normalize('NFKC'), salt, length, cost);
  return `scrypt$${salt.toString('base64url')}$${hash.toString('base64url')}`;
};

const pattern = /^scrypt\$([\w-]{22})\$([\w-]{43})$/;

/** Takes the same time for a user that there is not. */
export const checkPassword = async (user: User | undefined, password: string): Promise<boolean> => {
  const [, salt = '', hash = ''] = pattern.exec(user?.hash ?? '') ?? [];
  const derived = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), length, cost);
  const wanted = Buffer.from(hash, 'base64url');
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
};

/**
 * Lines `NAME:ROLE:HASH`; empty ones and those that begin with # are passed over.
 * @throws SettingsError that names the line, not what is in it
 */
export const parseUsers = (text: string): User[] => {
  const users: User[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const [, name, role, hash] = /^\s*([\w.@-]{1,64}):(\w+):(\S+)\s*$/.exec(line) ?? [];
    const known = roles.find((each) => each === role);
    if (!name || !known || !hash || !pattern.test(hash))
      throw new SettingsError(
        `wrong settings in the environment: CONSOLE_USERS: line ${index + 1} is not NAME:ROLE:HASH; make one with node console/user.ts NAME ROLE`,
      );
    if (users.some((user) => user.name === name))
      throw new SettingsError(`wrong settings in the environment: CONSOLE_USERS: line ${index + 1} names a user twice`);
    users.push({ name, role: known, hash });
  }
  return users;
};
