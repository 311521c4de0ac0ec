import { randomBytes } from 'node:crypto';
import { HttpError } from '@quadrille/process/problem';
import { SettingsError } from '@quadrille/process/settings/error';
import type { Context } from 'hono';
import { createSessions, type Session, type Sessions } from './session.ts';
import { hashPassword, parseUsers, type User } from './users.ts';

/** Who may come in. `open`: every user of this machine is an operator; only for developing. */
export type Access =
  | { readonly kind: 'open'; readonly session: Session; readonly sessions: Sessions }
  | { readonly kind: 'login'; readonly users: readonly User[]; readonly sessions: Sessions };

const shortestPassword = 16;

/**
 * @throws SettingsError when no user could log in: only a console on a developer's machine that listens there alone is open
 */
export const decideAccess = async (settings: {
  users: string | undefined;
  operatorPassword: string | undefined;
  sessionKey: string | undefined;
  secure: boolean;
  host: string;
  isDevelopment: boolean;
}): Promise<Access> => {
  const { users: text = '', operatorPassword, sessionKey, secure, host, isDevelopment } = settings;
  const users = parseUsers(text);
  if (operatorPassword !== undefined) {
    if (operatorPassword.length < shortestPassword)
      throw new SettingsError(
        `wrong settings in the environment: CONSOLE_OPERATOR_PASSWORD: at least ${shortestPassword} characters`,
      );
    if (users.some(({ name }) => name === 'operator'))
      throw new SettingsError(
        'wrong settings in the environment: CONSOLE_USERS has a user named operator, and CONSOLE_OPERATOR_PASSWORD is theirs too: leave one out',
      );
    users.push({ name: 'operator', role: 'operator', hash: await hashPassword(operatorPassword) });
  }
  const sessions = createSessions(sessionKey ?? randomBytes(32).toString('base64url'), users, secure);
  if (users.length > 0) return { kind: 'login', users, sessions };
  if (isDevelopment && ['127.0.0.1', '::1', 'localhost'].includes(host)) {
    const { session } = sessions.begin(null, Date.now());
    const viewer = { name: 'developer', role: 'operator' } as const;
    return { kind: 'open', session: { ...session, viewer, expiresAt: Number.POSITIVE_INFINITY }, sessions };
  }
  throw new SettingsError(
    'wrong settings in the environment: nobody could log in to the console: set CONSOLE_USERS or CONSOLE_OPERATOR_PASSWORD ' +
      '(it is open without them only where NODE_ENV is development and HTTP_HOST is 127.0.0.1)',
  );
};

const here = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/**
 * An open console answers only to names of this machine: a web page anywhere can have its own name point here (DNS rebinding), but then
 * asks for that name.
 */
export const refuseOtherNames = (access: Access, c: Context): void => {
  if (access.kind === 'open' && !here.test(c.req.header('host') ?? ''))
    throw new HttpError(421, 'This console is open to this machine only: ask for it as localhost');
};

/** Only pages of ours may post: browsers say where a form came from. What says nothing is no browser, and needs the token all the same. */
export const refuseOtherSites = (c: Context): void => {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const isOurs = origin === undefined || (URL.canParse(origin) && new URL(origin).host === c.req.header('host'));
  if (!isOurs || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw new HttpError(403, 'This came from another site. Nothing was done.');
};
