import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role, User } from './users.ts';

export type Viewer = { readonly name: string; readonly role: Role };

/** `viewer` null: not logged in yet; the id is there for the login form's token. */
export type Session = { readonly id: string; readonly viewer: Viewer | null; readonly expiresAt: number };

export type Sessions = {
  /** The session that a Cookie header names, if it is ours, has not ended, and its user is still the same. */
  readonly read: (cookies: string | undefined, now: number) => Session | null;
  /** Begins a session. Always a new id: an id that an attacker has planted is useless. */
  readonly begin: (user: User | null, now: number) => { session: Session; cookie: string };
  /** @returns the cookie that removes it */
  readonly end: (session: Session) => string;
  /** What a form of this session must carry. */
  readonly tokenOf: (session: Session) => string;
  readonly isToken: (session: Session, token: string) => boolean;
};

const lifetime = 8 * 3_600_000;
const beforeLogin = 3_600_000;

/**
 * Sessions that live in a signed cookie. Those that were logged out are remembered here until they would have ended; a restart forgets
 * that, unless the key is new as well.
 * @param secure the console is reached by HTTPS
 */
export const createSessions = (key: string, users: readonly User[], secure: boolean): Sessions => {
  const name = secure ? '__Host-quadrille' : 'quadrille';
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  const ended = new Map<string, number>();
  const sign = (purpose: string, text: string) =>
    createHmac('sha256', key).update(`${purpose}\n${text}`).digest('base64url');
  /** Changes with the user's password and role, and so ends their sessions. */
  const markOf = ({ name, role, hash }: User) =>
    createHash('sha256').update(`${name}:${role}:${hash}`).digest('base64url').slice(0, 16);

  const tokenOf = ({ id }: Session) => sign('form', id);
  return {
    read: (cookies, now) => {
      const cookie = cookies
        ?.split(';')
        .map((part) => part.trim())
        .find((part) => part.startsWith(`${name}=`));
      const [text = '', signature = ''] = cookie?.slice(name.length + 1).split('.') ?? [];
      if (text === '' || !isSame(signature, sign('session', text))) return null;
      const { id, user, mark, until } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Stored;
      if (until <= now || ended.has(id)) return null;
      if (user === null) return { id, viewer: null, expiresAt: until };
      const found = users.find((candidate) => candidate.name === user);
      if (!found || markOf(found) !== mark) return null;
      return { id, viewer: { name: found.name, role: found.role }, expiresAt: until };
    },
    begin: (user, now) => {
      const id = randomBytes(18).toString('base64url');
      const expiresAt = now + (user ? lifetime : beforeLogin);
      const stored: Stored = { id, user: user?.name ?? null, mark: user && markOf(user), until: expiresAt };
      const text = Buffer.from(JSON.stringify(stored)).toString('base64url');
      const seconds = Math.floor((expiresAt - now) / 1_000);
      return {
        session: { id, viewer: user && { name: user.name, role: user.role }, expiresAt },
        cookie: `${name}=${text}.${sign('session', text)}; ${attributes}; Max-Age=${seconds}`,
      };
    },
    end: ({ id, expiresAt }) => {
      const now = Date.now();
      for (const [other, until] of ended) if (until <= now) ended.delete(other);
      ended.set(id, expiresAt);
      return `${name}=; ${attributes}; Max-Age=0`;
    },
    tokenOf,
    isToken: (session, token) => isSame(token, tokenOf(session)),
  };
};

type Stored = {
  readonly id: string;
  readonly user: string | null;
  readonly mark: string | null;
  readonly until: number;
};

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
