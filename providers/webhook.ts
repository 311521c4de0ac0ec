import { createHmac, timingSafeEqual } from 'node:crypto';
import { webhookHeaders } from '@quadrille/contracts/payments-http';
import { list } from '@quadrille/process/settings/types';
import { z } from 'zod';

/** How far the clock of the sender may be from ours, either way: what is older was perhaps overheard (S10). */
const tolerance = 300;

const secret = z
  .string()
  .min(32, 'secrets of at least 32 characters, with commas between: the first signs, each verifies');

/** The shape of the setting that holds the secrets. */
export const webhookSecrets = list.pipe(z.tuple([secret], secret));

const mac = (secret: string, timestamp: string, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();

/** The headers of a message. @param now ms since 1970 */
export const sign = (secret: string, id: string, body: Uint8Array, now: number): Record<string, string> => {
  const timestamp = String(Math.floor(now / 1_000));
  return {
    [webhookHeaders.id]: id,
    [webhookHeaders.timestamp]: timestamp,
    [webhookHeaders.signature]: `v1,${mac(secret, timestamp, body).toString('base64')}`,
  };
};

export type Received = {
  readonly timestamp: string | undefined;
  /** One or more `v1,<base64>`, with blanks between: a sender that changes its secret signs with both for a while. */
  readonly signature: string | undefined;
  /** The bytes as they came. */
  readonly body: Uint8Array;
};

/** Whether someone who knows one of the secrets has sent these very bytes, lately. @param now ms since 1970 */
export const verify = (secrets: readonly string[], { timestamp, signature, body }: Received, now: number): boolean => {
  if (!timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(now / 1_000) - Number(timestamp)) > tolerance) return false;
  const given = signature.split(' ', mostSignatures).flatMap((part) => {
    const [, text] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(part) ?? [];
    return text ? [Buffer.from(text, 'base64')] : [];
  });
  // Of the same length all, so that comparing takes the same time whatever is wrong.
  const expected = secrets.map((secret) => mac(secret, timestamp, body));
  return expected.filter((one) => given.some((other) => timingSafeEqual(one, other))).length > 0;
};

const mostSignatures = 5;
