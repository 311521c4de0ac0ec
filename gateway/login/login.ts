import type { Caller } from '@quadrille/process/caller';
import type { Context } from 'hono';
import { refuseOtherSites } from '../other-sites.ts';
import type { Access } from './access.ts';
import { keyPrefix } from './api-keys.ts';
import { type BrowserLogin, createBrowserLogin } from './browser.ts';
import { createCookies } from './cookies.ts';
import { createIssuer, unauthorized } from './issuer.ts';
import { createTokenReader } from './tokens.ts';

export type Login = {
  /**
   * Who calls; null: nobody has logged in.
   * @throws HttpError 401 for a login that is not valid, ServiceUnavailable while it cannot be checked
   */
  readonly identify: (c: Context) => Caller | null | Promise<Caller | null>;
  /** How people log in by a browser; null: they cannot, or need not. */
  readonly browser: BrowserLogin | null;
};

/** @param publicUrl how the world reaches the gateway */
export const createLogin = (access: Access, publicUrl: string): Login => {
  if (access.kind === 'off') return { identify: () => ({ kind: 'anyone' }), browser: null };
  const { keys, oidc } = access;
  const issuer = oidc && createIssuer(oidc.issuer);
  const readToken = issuer && createTokenReader(issuer, oidc);
  const cookies = createCookies(publicUrl.startsWith('https:'));
  const browser =
    issuer && oidc.client ? createBrowserLogin({ issuer, cookies, publicUrl, client: oidc.client }) : null;

  const findBearer = (given: string): Caller | Promise<Caller> => {
    const [, secret = ''] = /^Bearer +([\w.~+/=-]+)$/i.exec(given) ?? [];
    if (secret === '') throw unauthorized('The Authorization header must be: Bearer, and a token or an API key');
    if (!secret.startsWith(keyPrefix) && readToken) return readToken(secret);
    const caller = keys.find(secret);
    if (caller) return caller;
    throw unauthorized('This API key is not known here', 'Bearer error="invalid_token"');
  };

  return {
    identify: (c) => {
      const given = c.req.header('authorization');
      if (given !== undefined) return findBearer(given);
      const token = browser && cookies.read(c, 'token');
      if (!token || !readToken) return null;
      if (!['GET', 'HEAD'].includes(c.req.method))
        refuseOtherSites(c, publicUrl, 'This came from another site. Nothing was done.');
      return readToken(token);
    },
    browser,
  };
};
