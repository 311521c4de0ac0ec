import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { serialize } from 'hono/utils/cookie';

export type Cookies = {
  readonly read: (c: Context, name: CookieName) => string | undefined;
  /** @param seconds how long the browser keeps it; 0: it forgets it */
  readonly write: (name: CookieName, value: string, seconds: number) => string;
};

/** `token`: what the browser is logged in with. `attempt`: what a login that has begun will need at its end. */
type CookieName = 'token' | 'attempt';

/**
 * No script can read them, and another site can make a browser send them only by a link (`Lax`: the login comes back by one).
 * @param isSecure the gateway is reached by HTTPS: then no other host of the domain can set them
 */
export const createCookies = (isSecure: boolean): Cookies => {
  const named = (name: CookieName) => `${isSecure ? '__Host-' : ''}quadrille-${name}`;
  return {
    read: (c, name) => getCookie(c, named(name)),
    write: (name, value, seconds) =>
      serialize(named(name), value, { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure, maxAge: seconds }),
  };
};
