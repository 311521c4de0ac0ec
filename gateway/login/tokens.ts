import type { Caller } from '@quadrille/process/caller';
import { readUserId } from '@quadrille/process/caller';
import { HttpError } from '@quadrille/process/problem';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Issuer, unauthorized } from './issuer.ts';

export type TokenSettings = {
  readonly issuer: string;
  readonly audience: string;
  /** The claim that is the number of the user. */
  readonly userClaim: string;
  /** The claim that lists roles. */
  readonly rolesClaim: string;
};

/** Signatures that only the holder of a private key can make: none of a shared secret, for which a public key could be taken (S2). */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Seconds that the clock of the issuer may differ from ours. */
const clockTolerance = 30;

/**
 * Whom a token names.
 * @throws HttpError 401 for one that is not valid here, 403 for one that names no user; ServiceUnavailable when the issuer's keys cannot be read
 */
export const createTokenReader =
  (issuer: Issuer, settings: TokenSettings) =>
  async (token: string): Promise<Caller> => {
    const payload = await verify(token, issuer, settings);
    return callerOf(payload, settings);
  };

const verify = async (token: string, issuer: Issuer, { issuer: iss, audience }: TokenSettings): Promise<JWTPayload> => {
  const rules = { issuer: iss, audience, algorithms, clockTolerance, requiredClaims: ['exp', 'sub'] };
  try {
    return (await jwtVerify(token, issuer.key, rules)).payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSInvalid) throw error;
    const why = error instanceof errors.JWTExpired ? 'The token has expired' : 'The token is not valid here';
    throw unauthorized(`${why}: log in again`, `Bearer error="invalid_token", error_description="${why}"`);
  }
};

const callerOf = (payload: JWTPayload, { userClaim, rolesClaim }: TokenSettings): Caller => {
  const id = `user ${payload.sub}`;
  const userId = readUserId(claim(payload, userClaim));
  const roles = listed(claim(payload, rolesClaim));
  if (roles.includes('operator')) return { kind: 'operator', id, userId };
  if (roles.includes('staff')) return { kind: 'staff', id, userId };
  if (userId !== null) return { kind: 'customer', id, userId };
  throw new HttpError(403, `The token names no user of this shop: its claim ${userClaim} is no whole number`);
};

/** A claim by its name, or by the path to it: Keycloak has `realm_access.roles`. */
const claim = (payload: JWTPayload, name: string): unknown =>
  Object.hasOwn(payload, name)
    ? payload[name]
    : name
        .split('.')
        .reduce<unknown>(
          (value, part) =>
            typeof value === 'object' && value !== null && Object.hasOwn(value, part)
              ? (value as Record<string, unknown>)[part]
              : undefined,
          payload,
        );

const listed = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? value.split(' ') : [];
