import { SettingsError } from '@quadrille/process/settings/error';
import { type ApiKeys, parseApiKeys } from './api-keys.ts';
import type { TokenSettings } from './tokens.ts';

export type Oidc = TokenSettings & {
  /** Under which browsers log in at the shop page; null: they cannot. */
  readonly client: { readonly id: string; readonly secret: string | undefined } | null;
};

/** Who may come in. `off`: everybody, for every user: on a developer's machine, and behind a gateway that has checked already. */
export type Access =
  | { readonly kind: 'off' }
  | { readonly kind: 'on'; readonly keys: ApiKeys; readonly oidc: Oidc | null };

/** @throws SettingsError when nobody could log in, or when it is not clear how */
export const decideAccess = (settings: {
  login: 'off' | undefined;
  apiKeys: string | undefined;
  oidc: {
    issuer: string | undefined;
    audience: string | undefined;
    clientId: string | undefined;
    clientSecret: string | undefined;
    userClaim: string;
    rolesClaim: string;
  };
  isDevelopment: boolean;
}): Access => {
  const { login, apiKeys, oidc, isDevelopment } = settings;
  const { issuer, audience, clientId, clientSecret, ...claims } = oidc;
  const isGiven = apiKeys !== undefined || issuer !== undefined || audience !== undefined || clientId !== undefined;
  if (login === 'off') {
    if (isGiven) throw wrong('GATEWAY_LOGIN is off, and there are settings of a login: leave one out');
    return { kind: 'off' };
  }
  if (!isGiven) {
    if (isDevelopment) return { kind: 'off' };
    throw wrong(
      'nobody could log in at the gateway: set OIDC_ISSUER and OIDC_AUDIENCE, or GATEWAY_API_KEYS, or GATEWAY_LOGIN=off if another gateway in front of it has checked who calls',
    );
  }
  const keys = parseApiKeys(apiKeys ?? '');
  if (issuer === undefined && audience === undefined && clientId === undefined) return { kind: 'on', keys, oidc: null };
  if (issuer === undefined || audience === undefined) throw wrong('OIDC_ISSUER and OIDC_AUDIENCE are set together');
  if (!isDevelopment && !issuer.startsWith('https:'))
    throw wrong(
      'OIDC_ISSUER: begins with https: (elsewhere than in development, its keys could be exchanged on the way)',
    );
  const client = clientId === undefined ? null : { id: clientId, secret: clientSecret };
  return { kind: 'on', keys, oidc: { issuer, audience, ...claims, client } };
};

const wrong = (what: string) => new SettingsError(`wrong settings in the environment: ${what}`);
