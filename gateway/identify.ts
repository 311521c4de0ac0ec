import type { Caller } from '@quadrille/process/caller';
import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import { unauthorized } from './login/issuer.ts';
import type { Login } from './login/login.ts';

/** A process of ours acts for operators, who have logged in with it. */
export const ourProcess: Caller = { kind: 'operator', id: 'system', userId: null };

/** Who calls; null: nobody has logged in. A browser whose login has ended is asked to log in again, as one that has none. */
export const identify = async (c: Context, login: Login): Promise<Caller | null> => {
  try {
    return await login.identify(c);
  } catch (error) {
    if (isPageOfBrowser(c, login) && error instanceof HttpError && error.status === 401) return null;
    throw error;
  }
};

const isPageOfBrowser = (c: Context, { browser }: Login): boolean =>
  browser !== null && c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html');

/** Sends a browser to the login. @throws HttpError 401 for all others */
export const askToLogIn = (c: Context, login: Login): Response => {
  if (!login.browser || !isPageOfBrowser(c, login))
    throw unauthorized('Log in first: this call needs a token or an API key as Authorization: Bearer');
  const { pathname, search } = new URL(c.req.url);
  const location = login.browser.loginPath(`${pathname}${search}`);
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
};
