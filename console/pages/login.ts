import { z } from '@hono/zod-openapi';
import { type ClientAddress, connectedFrom } from '@quadrille/process/client-address';
import { html } from '@quadrille/process/html';
import type { Log } from '@quadrille/process/log';
import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import { bodyOf } from '../api/document.ts';
import type { Access } from '../web/access.ts';
import { goTo, json, page, problem } from '../web/answers.ts';
import { barePage } from '../web/layout.ts';
import { createLoginLimit } from '../web/login-limit.ts';
import type { SessionRoute, Visit } from '../web/route.ts';
import type { Session, Viewer } from '../web/session.ts';
import { checkPassword, type User } from '../web/users.ts';
import { notice } from './parts.ts';

const credentials = z.object({ name: z.string().max(64), password: z.string().max(1_024) });

/** Only a path of ours: another address could be an attacker's. */
const isOurs = (path: string): boolean => /^\/(?![/\\])[\w\-./?=&%:+]*$/.test(path);

export const loginRoutes = (access: Access, clientAddress: ClientAddress, log: Log): SessionRoute[] => {
  const limit = createLoginLimit();

  const show = (
    { token }: Visit<Viewer | null>,
    to: string,
    refusal?: { message: string; status: number; headers?: Record<string, string> },
  ) =>
    page(
      barePage(
        'Log in',
        html`<h1>Log in</h1>
${refusal && notice(refusal.message, 'bad')}
<form class="login" method="post" action="/login">
  <input type="hidden" name="token" value="${token}">
  <input type="hidden" name="to" value="${to}">
  <label>Name<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
  <label>Password<input name="password" type="password" autocomplete="current-password" required></label>
  <button>Log in</button>
</form>`,
      ),
      refusal?.status ?? 200,
      refusal?.headers,
    );

  /** @returns the user, or how long to wait before the next try */
  const tryToLogIn = async (c: Context, body: unknown): Promise<User | { readonly wait: number }> => {
    const given = credentials.safeParse(body);
    const address = clientAddress(connectedFrom(c.env), c.req.header('x-forwarded-for'));
    const name = given.data?.name ?? '';
    const now = Date.now();
    const wait = limit.waitFor(name, address, now);
    if (wait > 0) return { wait };
    // Counted before the password is looked at, so that tries at the same time count as well.
    limit.tried(name, address, now);
    const user = access.kind === 'login' ? access.users.find((each) => each.name === name) : undefined;
    if (!given.success || !(await checkPassword(user, given.data.password)) || !user) {
      log.warn({ address, user: user?.name ?? 'unknown' }, 'a login failed');
      return { wait: 0 };
    }
    limit.succeeded(name, address, now);
    log.info({ user: user.name, role: user.role }, 'logged in');
    return user;
  };
  const refusalOf = ({ wait }: { wait: number }) =>
    wait > 0
      ? {
          status: 429,
          message: `Too many tries: wait ${Math.ceil(wait / 60)} minutes`,
          headers: { 'retry-after': String(wait) },
        }
      : { status: 403, message: 'Name or password is wrong' };

  const leave = (session: Session) => access.sessions.end(session);

  return [
    {
      method: 'get',
      path: '/login',
      needs: 'session',
      handle: (c, visit) => {
        const to = c.req.query('to') ?? '';
        return visit.viewer ? goTo('/orders') : show(visit, isOurs(to) ? to : '/orders');
      },
    },
    {
      method: 'post',
      path: '/login',
      needs: 'session',
      handle: async (c, visit) => {
        const to = String(visit.body.to ?? '');
        const found = await tryToLogIn(c, visit.body);
        if ('wait' in found) return show(visit, isOurs(to) ? to : '/orders', refusalOf(found));
        const { cookie } = access.sessions.begin(found, Date.now());
        return goTo(isOurs(to) ? to : '/orders', { 'set-cookie': cookie });
      },
    },
    {
      method: 'post',
      path: '/logout',
      needs: 'session',
      handle: (_, { session }) => goTo('/login', { 'set-cookie': leave(session) }),
    },
    {
      method: 'get',
      path: '/api/v1/session',
      needs: 'session',
      document: {
        operationId: 'readSession',
        summary: 'Who is logged in, and the token that every POST must carry as x-csrf-token',
        responses: {
          200: {
            description: '`viewer` is null before the login',
            content: { 'application/json': { schema: sessionView } },
          },
        },
      },
      handle: (_, { viewer, token }) => json({ viewer, token }),
    },
    {
      method: 'post',
      path: '/api/v1/session',
      needs: 'session',
      document: {
        operationId: 'logIn',
        summary: 'Log in: the answer sets the cookie of the session',
        request: bodyOf(credentials),
        responses: { 200: { description: 'Logged in', content: { 'application/json': { schema: sessionView } } } },
        refusals: {
          403: 'The name, the password or the token is wrong',
          429: 'Too many failures: try again after `Retry-After`',
        },
      },
      handle: async (c, visit) => {
        const found = await tryToLogIn(c, visit.body);
        if ('wait' in found) {
          const { status, message, headers } = refusalOf(found);
          return problem(new HttpError(status, message, headers ? { headers } : {}));
        }
        const { session, cookie } = access.sessions.begin(found, Date.now());
        return json({ viewer: session.viewer, token: access.sessions.tokenOf(session) }, 200, { 'set-cookie': cookie });
      },
    },
    {
      method: 'post',
      path: '/api/v1/session/end',
      needs: 'session',
      document: {
        operationId: 'logOut',
        summary: 'Log out',
        request: { headers: bodyOf(z.object({})).headers },
        responses: { 200: { description: 'Logged out', content: { 'application/json': { schema: z.object({}) } } } },
      },
      handle: (_, { session }) => json({}, 200, { 'set-cookie': leave(session) }),
    },
  ];
};

const sessionView = z.object({
  viewer: z.object({ name: z.string(), role: z.enum(['reader', 'operator']) }).nullable(),
  token: z.string(),
});
