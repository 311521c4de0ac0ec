import { OpenAPIHono } from '@hono/zod-openapi';
import { isOfDatabase, isUnavailable } from '@quadrille/db/errors';
import { RunsAlready } from '@quadrille/ops/audit-log';
import { NoSuchEvent } from '@quadrille/ops/parked';
import { StackError, UsageError } from '@quadrille/process/errors';
import type { Log } from '@quadrille/process/log';
import { HttpError } from '@quadrille/process/problem';
import { NoAnswer, within } from '@quadrille/process/within';
import type { Context } from 'hono';
import { describeRoute } from '../api/document.ts';
import { type Access, refuseOtherNames, refuseOtherSites } from './access.ts';
import { goTo, problem } from './answers.ts';
import { readBody } from './body.ts';
import { errorPage } from './layout.ts';
import { isEnough, type Route, type Visit } from './route.ts';
import type { Session, Viewer } from './session.ts';

/** All the console answers. A route says which role it takes; a POST without the token of its session gets nowhere. */
export const buildApp = (options: { routes: readonly Route[]; access: Access; log: Log }): OpenAPIHono => {
  const { routes, access, log } = options;
  const app = new OpenAPIHono();

  const answer = async (route: Route, c: Context): Promise<Response> => {
    refuseOtherNames(access, c);
    if (route.needs === 'nothing') return route.handle(c);
    const isPost = route.method === 'post';
    if (isPost) refuseOtherSites(c);
    const known = sessionOf(access, c);
    if (route.needs !== 'session') {
      if (!known?.viewer) return askToLogIn(c);
      if (!isEnough(known.viewer, route.needs))
        throw new HttpError(403, `This takes the role ${route.needs}; you are a ${known.viewer.role}`);
      return route.handle(c, { ...(await visitOf(c, known, isPost)), viewer: known.viewer });
    }
    if (known) return route.handle(c, await visitOf(c, known, isPost));
    const { session, cookie } = access.sessions.begin(null, Date.now());
    const response = await route.handle(c, await visitOf(c, session, isPost));
    response.headers.append('set-cookie', cookie);
    return response;
  };

  const visitOf = async (c: Context, session: Session, isPost: boolean): Promise<Visit<Viewer | null>> => {
    const body = isPost ? await readBody(c) : {};
    if (isPost && !access.sessions.isToken(session, String(c.req.header('x-csrf-token') ?? body.token ?? '')))
      throw new HttpError(403, 'The form is out of date: load the page again. Nothing was done.');
    return { viewer: session.viewer, session, token: access.sessions.tokenOf(session), body };
  };

  for (const route of routes) {
    const { method, path, document } = route;
    if (document) app.openAPIRegistry.registerPath(describeRoute(route, document));
    app.on(method, path.replaceAll(/\{(.+?)\}/g, ':$1'), async (c) => {
      try {
        return await within(longest, answer(route, c));
      } catch (error) {
        return refuse(c, error, log);
      }
    });
  }
  app.notFound((c) => {
    const allowed = ['GET', 'POST'].filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    if (allowed.length === 0) return refuse(c, new HttpError(404, 'There is nothing at this address'), log);
    const allow = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    return refuse(c, new HttpError(405, `This address knows ${allow}`, { headers: { allow } }), log);
  });
  return app;
};

/** Whatever a request waits for, it is answered after so long (ms). What it waits for has deadlines of its own, which are shorter. */
const longest = 30_000;

const sessionOf = (access: Access, c: Context): Session | null =>
  access.kind === 'open' ? access.session : access.sessions.read(c.req.header('cookie'), Date.now());

export const isApi = (c: Context): boolean => c.req.path.startsWith('/api/');

const askToLogIn = (c: Context): Response => {
  if (isApi(c)) return problem(new HttpError(401, 'Log in first: POST /api/v1/session'));
  // A stream cannot follow anybody to a form.
  if (c.req.header('accept')?.includes('text/event-stream'))
    return problem(new HttpError(401, 'The session has ended'));
  const here = c.req.method === 'GET' ? `${c.req.path}${new URL(c.req.url).search}` : '/';
  return goTo(`/login?to=${encodeURIComponent(here)}`);
};

/** The visitor learns nothing of an unexpected error; it is in the log. */
const refuse = (c: Context, error: unknown, log: Log): Response => {
  const known = toHttpError(error);
  const { status, message, more } = known;
  const headers = { ...(status === 503 && { 'retry-after': '5' }), ...more.headers };
  if (status >= 500) log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed');
  return isApi(c) ? problem(new HttpError(status, message, { ...more, headers })) : errorPage(status, message, headers);
};

const toHttpError = (error: unknown): HttpError => {
  if (error instanceof HttpError) return error;
  if (error instanceof NoSuchEvent) return new HttpError(404, error.message);
  if (error instanceof UsageError) return new HttpError(400, error.message);
  if (error instanceof RunsAlready) return new HttpError(409, error.message);
  if (error instanceof StackError) return new HttpError(503, error.message);
  if (error instanceof NoAnswer)
    return new HttpError(
      503,
      'A database or Kafka does not answer. Whether anything was done, the audit log will say.',
    );
  if (isUnavailable(error)) return new HttpError(503, 'A database is away. The page works again when it is back.');
  if (isOfDatabase(error)) return new HttpError(503, 'A database refuses to answer; the log says why.');
  return new HttpError(500, 'A fault of ours; the log says which.');
};
