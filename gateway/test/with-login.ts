import { OAuth2Server } from 'oauth2-mock-server';
import { afterAll, beforeAll } from 'vitest';
import { type Access, decideAccess } from '../login/access.ts';
import { hashKey, makeKey } from '../login/api-keys.ts';
import { gateway, orderId } from './fake-orders.ts';

/* A gateway with login on, an OpenID provider for it, and what they give: for the tests of a file that imports it. */

export const audience = 'quadrille';
export const server = new OAuth2Server();
export const key = makeKey();
export const operatorKey = makeKey();
export const apiKeys = `7:customer:${hashKey(key)}\nops:operator:${hashKey(operatorKey)}`;
export let issuer = '';
export let access: Access;

export const oidc = { userClaim: 'sub', rolesClaim: 'roles', clientId: 'shop', clientSecret: undefined };
export const accessTo = (url: string): Access =>
  decideAccess({
    ...{ login: undefined, apiKeys, isDevelopment: true },
    oidc: { ...oidc, issuer: url, audience },
  });

beforeAll(async () => {
  await server.issuer.keys.generate('RS256');
  await server.start(0, 'localhost');
  issuer = String(server.issuer.url);
  access = accessTo(issuer);
});
afterAll(() => server.stop());

/** A token of the provider, with some claims of its own. */
export const tokenOf = (claims: Record<string, unknown> = {}): Promise<string> =>
  server.issuer.buildToken({
    scopesOrTransform: (_header, payload) => void Object.assign(payload, { sub: '1', aud: audience, ...claims }),
  });
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
export const withLogin = (answers: Parameters<typeof gateway>[0] = {}) => gateway(answers, undefined, {}, access);
export const path = `/api/v1/orders/${orderId}`;
