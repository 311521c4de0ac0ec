import { z } from 'zod';
import { group, optional, setting } from './setting.ts';
import { countOrOff, httpUrl, list, port, rateOrOff } from './types.ts';

/** Settings of the gateway, and of how people log in there. */
export const gateway = group('gateway', {
  port: setting({ env: 'GATEWAY_PORT', type: port, standard: '8080', says: 'The port of the gateway.' }),
  metricsPort: setting({
    env: 'METRICS_PORT',
    type: port,
    standard: '8086',
    says: 'The metrics port: `/metrics`, `/health`, `/ready`; the public one has no metrics.',
  }),
  url: setting({ env: 'GATEWAY_URL', type: httpUrl, says: 'Where the console reaches the gateway, for cancelling.' }),
  publicUrl: optional(
    setting({
      env: 'PUBLIC_URL',
      type: httpUrl,
      says: 'How the world reaches the gateway; payment links begin with it.',
    }),
    '`http://localhost:` and the port',
  ),
  trustedProxies: optional(
    setting({
      env: 'TRUSTED_PROXIES',
      type: list,
      says: 'Proxies in front of it, such as `10.0.0.5,fd00::/8`: their `X-Forwarded-For` says who calls.',
    }),
  ),
  ratePerAddress: setting({
    env: 'RATE_PER_ADDRESS',
    type: rateOrOff,
    standard: 'off',
    says: 'So many calls of one address are taken in a time, such as `600/1m`; more are refused with 429.',
  }),
  ratePerUser: setting({
    env: 'RATE_PER_USER',
    type: rateOrOff,
    standard: 'off',
    says: 'The same for each user who is logged in.',
  }),
  ratePerKey: setting({
    env: 'RATE_PER_KEY',
    type: rateOrOff,
    standard: 'off',
    says: 'The same for each API key.',
  }),
  heldCalls: setting({
    env: 'HELD_CALLS',
    type: countOrOff,
    standard: '20000',
    says: 'So many calls may wait for an order to change; more are refused with 503. `off`: no limit.',
  }),
  heldCallsPerAddress: setting({
    env: 'HELD_CALLS_PER_ADDRESS',
    type: countOrOff,
    standard: 'off',
    says: 'So many of one address; more are refused with 429. `off`: no limit.',
  }),
  login: optional(
    setting({
      env: 'GATEWAY_LOGIN',
      type: z.enum(['off'], 'off, or nothing'),
      says: '`off`: whoever reaches the gateway may act for every user, because another one in front of it has checked who calls.',
    }),
    'needed, elsewhere than in development',
  ),
  apiKeys: optional(
    setting({
      env: 'GATEWAY_API_KEYS',
      type: z.string(),
      secret: true,
      says: 'The API keys of programs: a line `NAME:ROLE:HASH` for each, made by `node gateway/api-key.ts NAME customer` (or `staff`, or `operator`).',
    }),
  ),
  publicApis: optional(
    setting({
      env: 'PUBLIC_APIS',
      type: list,
      says: "Services whose manifest says `api: 'public'`, with commas between them: the gateway hands them the calls of `/api/v1/<service>/`.",
    }),
  ),
});

export const oidc = group('gateway.oidc', {
  issuer: optional(
    setting({
      env: 'OIDC_ISSUER',
      type: httpUrl,
      says: 'The OpenID provider whose tokens the gateway takes, as they name it. Its keys are found by its discovery document.',
    }),
  ),
  audience: optional(
    setting({ env: 'OIDC_AUDIENCE', type: z.string(), says: 'The name of this API in the tokens: their `aud`.' }),
  ),
  clientId: optional(
    setting({
      env: 'OIDC_CLIENT_ID',
      type: z.string(),
      says: 'Under which the shop page logs people in at the provider, by authorization code with PKCE.',
    }),
    'people cannot log in with a browser',
  ),
  clientSecret: optional(
    setting({
      env: 'OIDC_CLIENT_SECRET',
      type: z.string(),
      secret: true,
      says: 'Its secret, if the provider wants one.',
    }),
  ),
  userClaim: setting({
    env: 'OIDC_USER_CLAIM',
    type: z.string(),
    standard: 'sub',
    says: 'The claim that is the number of the user: the `userId` of their orders.',
  }),
  rolesClaim: setting({
    env: 'OIDC_ROLES_CLAIM',
    type: z.string(),
    standard: 'roles',
    says: 'The claim that lists roles: `staff`, `operator`. Dots lead into objects: `realm_access.roles`.',
  }),
});
