import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Caller, type Role, readUserId, roles } from '@quadrille/process/caller';
import { SettingsError } from '@quadrille/process/settings/error';

/** What an API key begins with, by which it is told from a token, and by scanners that look for keys that were published. */
export const keyPrefix = 'qk_';

/** A key has 256 bits by chance: nobody can guess it, so that its hash need not be slow. */
export const makeKey = (): string => `${keyPrefix}${randomBytes(32).toString('base64url')}`;

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** A key as the setting GATEWAY_API_KEYS holds it: `sha256$HEX`. */
export const hashKey = (key: string): string => `sha256$${digest(key).toString('hex')}`;

export type ApiKeys = {
  /** The caller that a key belongs to; null: it is none of ours. Takes the same time for every key. */
  readonly find: (key: string) => Caller | null;
};

/**
 * Lines `NAME:ROLE:HASH`; empty ones and those that begin with # are passed over. A customer's NAME is the number of the user. A name may
 * stand there twice, while its key is being changed.
 * @throws SettingsError that names the line, not what is in it
 */
export const parseApiKeys = (text: string): ApiKeys => {
  const keys = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return [];
    const [, name = '', role, hash = ''] = /^\s*([\w.@-]{1,64}):(\w+):sha256\$([0-9a-f]{64})\s*$/.exec(line) ?? [];
    const caller = callerNamed(
      name,
      roles.find((each) => each === role),
    );
    if (!caller)
      throw new SettingsError(
        `wrong settings in the environment: GATEWAY_API_KEYS: line ${index + 1} is not NAME:ROLE:HASH; make one with node gateway/api-key.ts NAME ROLE`,
      );
    return [{ caller, hash: Buffer.from(hash, 'hex') }];
  });
  return {
    find: (key) => {
      const given = digest(key);
      // All are compared, so that the time does not tell which one was near.
      return keys.reduce<Caller | null>(
        (found, { caller, hash }) => (timingSafeEqual(hash, given) ? caller : found),
        null,
      );
    },
  };
};

const idPrefix = 'key ';

/** Whether a caller of this id has come by an API key. */
export const isKey = (id: string): boolean => id.startsWith(idPrefix);

const callerNamed = (name: string, role: Role | undefined): Caller | null => {
  if (name === '' || role === undefined) return null;
  const id = `${idPrefix}${name}`;
  if (role !== 'customer') return { kind: role, id, userId: null };
  const userId = readUserId(name);
  return userId === null ? null : { kind: role, id, userId };
};
