import { describe, expect, it } from 'vitest';
import { decideAccess } from '../web/access.ts';
import { createSessions } from '../web/session.ts';
import { hashPassword, type User } from '../web/users.ts';

const key = 'k'.repeat(32);
const ann: User = { name: 'ann', role: 'operator', hash: 'scrypt$one' };
const hour = 3_600_000;
const cookieOf = (setCookie: string) => setCookie.split(';')[0] as string;

describe('a session', () => {
  const sessions = createSessions(key, [ann], false);
  const { session, cookie } = sessions.begin(ann, 0);

  it('is read from its cookie among others', () => {
    expect(sessions.read(`a=b; ${cookieOf(cookie)}; c=d`, hour)).toEqual(session);
  });

  it('is in a cookie that scripts and other sites do not get', () => {
    expect(cookie).toMatch(/^quadrille=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    expect(createSessions(key, [ann], true).begin(ann, 0).cookie).toMatch(
      /^__Host-quadrille=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure;/,
    );
  });

  it('ends after eight hours', () => {
    expect(sessions.read(cookieOf(cookie), 8 * hour)).toBeNull();
  });

  it('is nobody’s when a letter of it is changed', () => {
    const text = cookieOf(cookie);
    for (const at of [15, 40, text.length - 3]) {
      const letter = text[at] === 'A' ? 'B' : 'A';
      expect(sessions.read(text.slice(0, at) + letter + text.slice(at + 1), hour)).toBeNull();
    }
    for (const nonsense of ['quadrille=', 'quadrille=a', 'quadrille=a.b', 'quadrille=.', undefined])
      expect(sessions.read(nonsense, hour)).toBeNull();
  });

  it('is nobody’s under another key, and when its user has another password, another role, or is gone', () => {
    const other = (secret: string, users: User[]) => createSessions(secret, users, false).read(cookieOf(cookie), hour);
    expect(other(key, [ann])).toEqual(session);
    expect(other('x'.repeat(32), [ann])).toBeNull();
    expect(other(key, [{ ...ann, hash: 'scrypt$two' }])).toBeNull();
    expect(other(key, [{ ...ann, role: 'reader' }])).toBeNull();
    expect(other(key, [])).toBeNull();
  });

  it('is over once it was ended, though its cookie was kept', () => {
    const { session: ended, cookie: kept } = sessions.begin(ann, Date.now());
    expect(sessions.end(ended)).toMatch(/^quadrille=;.*Max-Age=0$/);
    expect(sessions.read(cookieOf(kept), Date.now())).toBeNull();
  });

  it('has a token of its own for forms', () => {
    const { session: other } = sessions.begin(ann, 0);
    expect(sessions.isToken(session, sessions.tokenOf(session))).toBe(true);
    expect(sessions.isToken(session, sessions.tokenOf(other))).toBe(false);
    expect(sessions.isToken(session, '')).toBe(false);
  });
});

describe('a console', () => {
  const settings = {
    ...{ users: undefined, operatorPassword: undefined, sessionKey: undefined },
    ...{ secure: false, host: '127.0.0.1', isDevelopment: true },
  };
  const users = async () => `ann:reader:${await hashPassword('correct horse')}`;

  it('is open only while developing, on this machine', async () => {
    expect((await decideAccess(settings)).kind).toBe('open');
    for (const change of [{ isDevelopment: false }, { host: '0.0.0.0' }, { isDevelopment: false, host: '0.0.0.0' }])
      await expect(decideAccess({ ...settings, ...change })).rejects.toThrow(
        /nobody could log in to the console: set CONSOLE_USERS/,
      );
  });

  it('asks to log in wherever there are users, while developing too', async () => {
    expect((await decideAccess({ ...settings, users: await users() })).kind).toBe('login');
    const access = await decideAccess({ ...settings, isDevelopment: false, operatorPassword: 'a'.repeat(16) });
    expect(access).toMatchObject({ kind: 'login', users: [{ name: 'operator', role: 'operator' }] });
  });

  it('refuses a password that is short', async () => {
    await expect(decideAccess({ ...settings, operatorPassword: 'short' })).rejects.toThrow(/at least 16 characters/);
  });
});
