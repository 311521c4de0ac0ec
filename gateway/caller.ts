import { type ClientAddress, connectedFrom } from '@quadrille/process/client-address';
import type { Context } from 'hono';

/** Who calls, as far as it is known. */
export type Caller = {
  readonly address: string;
  /** Who has logged in. A user id that a request only names is none: anybody could use up another's share. */
  readonly user?: string;
  /** The name of the API key, never the key. */
  readonly key?: string;
};

export type CallerOf = (c: Context) => Caller;

/** Knows callers by their address alone: nobody logs in. */
export const callerByAddress =
  (clientAddress: ClientAddress): CallerOf =>
  (c) => ({ address: clientAddress(connectedFrom(c.env), c.req.header('x-forwarded-for')) });
