import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  Configuration,
  calculatePKCECodeChallenge,
  None,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client';
import { z } from 'zod';
import { ServiceUnavailable } from '../upstream.ts';
import type { Cookies } from './cookies.ts';
import type { Issuer } from './issuer.ts';

/** Logs people in by authorization code with PKCE. The token stays in a cookie that no script can read, and is in no address. */
export type BrowserLogin = {
  /** Sends the browser to the issuer. @param to a path of ours where it wants to be afterwards */
  readonly begin: (to: string) => Promise<Response>;
  /** Takes the browser that comes back. @throws HttpError 400 when it has not begun here */
  readonly finish: (c: Context) => Promise<Response>;
  readonly end: () => Response;
  /** Where to send a browser that must log in first. */
  readonly loginPath: (to: string) => string;
};

const attempt = z.object({ state: z.string(), verifier: z.string(), to: z.string() });
const attemptSeconds = 600;

export const createBrowserLogin = ({
  issuer,
  cookies,
  publicUrl,
  client,
}: {
  issuer: Issuer;
  cookies: Cookies;
  publicUrl: string;
  client: { readonly id: string; readonly secret: string | undefined };
}): BrowserLogin => {
  const redirectUri = `${publicUrl}/login/callback`;
  const configure = async () => {
    const metadata = (await issuer.metadata()) as ServerMetadata;
    const { id, secret } = client;
    const configuration = secret
      ? new Configuration(metadata, id, secret)
      : new Configuration(metadata, id, undefined, None());
    // The issuer's own address says whether it has TLS; elsewhere than in development it must have.
    if (metadata.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  };

  return {
    begin: async (to) => {
      const configuration = await configure();
      const state = randomState();
      const verifier = randomPKCECodeVerifier();
      const place = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const begun = Buffer.from(JSON.stringify({ state, verifier, to: ownPath(to) })).toString('base64url');
      return goTo(place.href, [cookies.write('attempt', begun, attemptSeconds)]);
    },
    finish: async (c) => {
      const begun = readAttempt(cookies.read(c, 'attempt'));
      if (!begun) throw new HttpError(400, 'This login did not begin here, or took too long: begin again at /login');
      const { search } = new URL(c.req.url);
      const configuration = await configure();
      const checks = { pkceCodeVerifier: begun.verifier, expectedState: begun.state };
      const tokens = await authorizationCodeGrant(configuration, new URL(redirectUri + search), checks).catch(
        (cause: unknown) => {
          if (isAway(cause)) throw new ServiceUnavailable('The login cannot be finished now.', { cause });
          throw Object.assign(new HttpError(400, 'The login was refused: begin again at /login'), { cause });
        },
      );
      return goTo(begun.to, [
        cookies.write('token', tokens.access_token, tokens.expires_in ?? unknownLifetime),
        cookies.write('attempt', '', 0),
      ]);
    },
    end: () =>
      new Response(null, { status: 204, headers: { ...headers, 'set-cookie': cookies.write('token', '', 0) } }),
    loginPath: (to) => `/login?to=${encodeURIComponent(to)}`,
  };
};

/** Seconds; the token itself ends sooner, or the issuer would have said how long it lives. */
const unknownLifetime = 3_600;

const isAway = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT');

/** A path on this host, whatever a link says: a login must not end at another site. */
const ownPath = (to: string): string => {
  const here = 'http://here.invalid';
  const url = URL.canParse(to, here) ? new URL(to, here) : null;
  return url?.origin === here ? `${url.pathname}${url.search}${url.hash}` : '/';
};

const readAttempt = (cookie: string | undefined) => {
  try {
    return attempt.safeParse(JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString())).data;
  } catch {
    return undefined;
  }
};

const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const goTo = (location: string, cookies: readonly string[]): Response => {
  const response = new Response(null, { status: 303, headers: { ...headers, location } });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
};
