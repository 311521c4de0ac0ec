import { HttpError } from '@quadrille/process/problem';
import {
  type CryptoKey,
  createRemoteJWKSet,
  customFetch,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
} from 'jose';
import { z } from 'zod';
import { ServiceUnavailable } from '../upstream.ts';

/** What the discovery document of an OpenID provider must say for us; what else it says stays in it. */
const metadata = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.url(),
});
export type Metadata = z.infer<typeof metadata>;

export type Issuer = {
  /** The discovery document, read once. @throws ServiceUnavailable while the provider is away */
  readonly metadata: () => Promise<Metadata>;
  /** The public key that signed a token. Keys are kept for ten minutes; one that is unknown is looked for at once, but not more often than every `cooldown`. */
  readonly key: (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;
};

const patience = 5_000;

/**
 * An OpenID provider that our tokens come from. It is asked when the first token comes, so that the gateway starts without it.
 * @param url the issuer, to the letter as its tokens name it
 * @param cooldown ms between two looks for a key that is unknown
 */
export const createIssuer = (url: string, { cooldown = 30_000 } = {}): Issuer => {
  let found: Promise<{ document: Metadata; keys: ReturnType<typeof createRemoteJWKSet> }> | undefined;

  const discover = async () => {
    const place = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await ask(place);
    const document = metadata.safeParse(await response.json().catch(() => null));
    if (!response.ok || !document.success || document.data.issuer !== url)
      throw away(`${place} answered ${response.status}, and no document of the issuer ${url}`);
    const options = { cooldownDuration: cooldown, timeoutDuration: patience, [customFetch]: ask };
    return { document: document.data, keys: createRemoteJWKSet(new URL(document.data.jwks_uri), options) };
  };
  const known = () => {
    found ??= discover().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  return {
    metadata: async () => (await known()).document,
    key: async (header, token) => (await known()).keys(header, token),
  };
};

const ask = async (place: string, init: RequestInit = {}): Promise<Response> => {
  try {
    return await fetch(place, { signal: AbortSignal.timeout(patience), ...init, redirect: 'error' });
  } catch (cause) {
    throw away(cause);
  }
};

const away = (cause: unknown) =>
  new ServiceUnavailable('The login cannot be checked now. Nothing was done.', { cause });

/** @param why for the client */
export const unauthorized = (why: string, scheme = 'Bearer'): HttpError =>
  new HttpError(401, why, { headers: { 'www-authenticate': scheme } });
