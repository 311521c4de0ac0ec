import { createHmac, timingSafeEqual } from 'node:crypto';
import { webhookHeaders } from '@quadrille/contracts/payments-http';
import { list } from '@quadrille/process/settings/types';
import { z } from 'zod';

/*
 * Webhooks as the Standard Webhooks specification has them (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
 * `id.timestamp.body`. Written here and not taken from its package, which computes SHA-256 in JavaScript and takes one secret only.
 */

/** How far the clock of the sender may be from ours, either way, in seconds: what is older was perhaps overheard (S10). */
const tolerance = 300;

const prefix = 'whsec_';

const secret = z
  .string()
  .min(32, 'secrets of at least 32 characters, with commas between: the first signs, each verifies')
  .refine(
    (text) => !text.startsWith(prefix) || keyOf(text).length >= 24,
    'after `whsec_` comes the base64 of at least 24 bytes',
  );

/** The shape of the setting that holds the secrets. */
export const webhookSecrets = list.pipe(z.tuple([secret], secret));

/** The specification writes a key as `whsec_` and its base64; any other text is itself the key. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);

type Signed = { readonly id: string; readonly timestamp: string; readonly body: Uint8Array };

const mac = (secret: string, { id, timestamp, body }: Signed): Buffer =>
  createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();

/** The headers of a message. @param now ms since 1970 */
export const sign = (secret: string, id: string, body: Uint8Array, now: number): Record<string, string> => {
  const timestamp = String(Math.floor(now / 1_000));
  return {
    [webhookHeaders.id]: id,
    [webhookHeaders.timestamp]: timestamp,
    [webhookHeaders.signature]: `v1,${mac(secret, { id, timestamp, body }).toString('base64')}`,
  };
};

export type Received = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  /** One or more `v1,<base64>`, with blanks between: a sender that changes its secret signs with both for a while. */
  readonly signature: string | undefined;
  /** The bytes as they came. */
  readonly body: Uint8Array;
};

/** Whether someone who knows one of the secrets has sent these very bytes, lately. @param now ms since 1970 */
export const verify = (
  secrets: readonly string[],
  { id, timestamp, signature, body }: Received,
  now: number,
): boolean => {
  if (!id || !timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(now / 1_000) - Number(timestamp)) > tolerance) return false;
  const given = signature.split(' ', mostSignatures).flatMap((part) => {
    const [, text] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(part) ?? [];
    return text ? [Buffer.from(text, 'base64')] : [];
  });
  // Of the same length all, so that comparing takes the same time whatever is wrong.
  const expected = secrets.map((secret) => mac(secret, { id, timestamp, body }));
  return expected.filter((one) => given.some((other) => timingSafeEqual(one, other))).length > 0;
};

const mostSignatures = 5;
