import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import type { Cluster } from '@quadrille/ops/cluster';
import { clientAddressBehind } from '@quadrille/process/client-address';
import { silentLog } from '../../test/support/log.ts';
import { createOperations } from '../operations.ts';
import { buildConsole, routesOf } from '../routes.ts';
import { type Access, decideAccess } from '../web/access.ts';
import { createLive } from '../web/live.ts';
import type { Role } from '../web/users.ts';

/** A database, or all that leads to one, and it is away: whoever gets this far was let through. */
const away: object = new Proxy(() => {}, {
  get: (_, name) =>
    name === 'then'
      ? (_resolve: unknown, reject: (error: Error) => void) =>
          reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }))
      : away,
  apply: () => away,
});
const noPool = away as Pool;
const noSite = away as Cluster;

export const users = `ann:operator:scrypt$${'a'.repeat(22)}$${'b'.repeat(43)}\nbob:reader:scrypt$${'c'.repeat(22)}$${'d'.repeat(43)}`;

export const consoleWith = async (
  access: Access,
  parts: { pool?: Pool; cluster?: Cluster; gatewayUrl?: string } = {},
): Promise<{ app: OpenAPIHono; routes: ReturnType<typeof routesOf>; live: ReturnType<typeof createLive> }> => {
  const { pool = noPool, cluster = noSite, gatewayUrl = 'http://127.0.0.1:1' } = parts;
  const live = createLive();
  const all = {
    ...{ pool, cluster, access, live, topics: [], group: 'console', log: silentLog() },
    ...{
      operations: createOperations({
        cluster,
        looking: cluster,
        gatewayUrl,
        systemToken: 'the token of the system in the tests',
      }),
      trouble: () => null,
      clientAddress: clientAddressBehind(['127.0.0.1']),
    },
  };
  const app = buildConsole(all);
  return { app, routes: routesOf(all, () => app), live };
};

export const loginAccess = () =>
  decideAccess({
    ...{ users, operatorPassword: undefined, sessionKey: 'k'.repeat(32) },
    ...{ secure: false, host: '0.0.0.0', isDevelopment: false },
  });

/** The headers of somebody who is logged in, with the token of the session. */
export const as = (access: Access, role: Role): Record<string, string> => {
  const user = access.kind === 'login' ? access.users.find((each) => each.role === role) : undefined;
  if (!user) throw new Error(`no ${role}`);
  const { session, cookie } = access.sessions.begin(user, Date.now());
  return { cookie: String(cookie.split(';')[0]), 'x-csrf-token': access.sessions.tokenOf(session) };
};
