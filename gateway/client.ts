import type { Caller } from '@quadrille/process/caller';
import { type ClientAddress, connectedFrom } from '@quadrille/process/client-address';
import type { Context } from 'hono';
import { isKey } from './login/api-keys.ts';

/** From whom a call comes, for counting. */
export type Client = {
  readonly address: string;
  /** Who has logged in. A user id that a request only names is none: anybody could use up another's share. */
  readonly user?: string;
  /** The name of the API key, never the key. */
  readonly key?: string;
};

export type ClientOf = (c: Context) => Client;

/** What is known before anybody has logged in. */
export const clientByAddress =
  (clientAddress: ClientAddress): ClientOf =>
  (c) => ({ address: clientAddress(connectedFrom(c.env), c.req.header('x-forwarded-for')) });

/** What is known once somebody has logged in. */
export const clientByLogin = (caller: Caller): Omit<Client, 'address'> => {
  if (caller.kind === 'anyone') return {};
  return isKey(caller.id) ? { key: caller.id } : { user: caller.id };
};
