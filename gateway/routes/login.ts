import { z } from '@hono/zod-openapi';
import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import { problemOf, problems } from '../document.ts';
import type { BrowserLogin } from '../login/browser.ts';
import type { Login } from '../login/login.ts';
import { refuseOtherSites } from '../other-sites.ts';
import { json } from '../responses.ts';
import type { OpenRoute } from '../route.ts';

const session = z
  .object({
    login: z.enum(['off', 'needed', 'done']).meta({
      description:
        'off: nobody needs one; needed: the caller has none, or one that has ended; done: the caller is logged in',
    }),
    userId: z.int().nullable().meta({ description: 'The user whose orders the caller places; null: none' }),
    page: z.string().nullable().meta({ description: 'Where a browser logs in; null: it cannot' }),
  })
  .openapi('Session');

/** Who calls, for pages: they cannot read the cookie that they are logged in with. */
export const sessionRoute = (login: Login): OpenRoute => ({
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/api/v1/session',
    operationId: 'readSession',
    tags: ['shop'],
    summary: 'Who am I?',
    responses: {
      200: { description: 'Who calls', content: { 'application/json': { schema: session } } },
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c) => {
    const page = login.browser ? '/login' : null;
    const caller = await whoIs(login, c);
    const answer: z.infer<typeof session> =
      caller?.kind === 'anyone'
        ? { login: 'off', userId: null, page }
        : { login: caller ? 'done' : 'needed', userId: caller?.userId ?? null, page };
    return json(200, answer);
  },
});

/** A login that has ended, or names no user of ours, is none. */
const whoIs = async (login: Login, c: Context) => {
  try {
    return await login.identify(c);
  } catch (error) {
    if (error instanceof HttpError) return null;
    throw error;
  }
};

/** How a browser logs in and out. */
export const loginRoutes = (browser: BrowserLogin, publicUrl: string): readonly OpenRoute[] => [
  {
    needs: 'nothing',
    definition: {
      method: 'get',
      path: '/login',
      operationId: 'login',
      tags: ['shop'],
      summary: 'Log in with a browser',
      request: {
        query: z.object({ to: z.string().optional().meta({ description: 'A path on this host to go to afterwards' }) }),
      },
      responses: {
        303: { description: 'To the OpenID provider' },
        ...problems.unexpected,
        ...problems.unavailable,
      },
    },
    handle: (c) => browser.begin(c.req.query('to') ?? '/'),
  },
  {
    needs: 'nothing',
    definition: {
      method: 'get',
      path: '/login/callback',
      operationId: 'loginCallback',
      tags: ['shop'],
      summary: 'Where the OpenID provider sends the browser back to',
      responses: {
        303: { description: 'To where the browser wanted to go, with a cookie' },
        400: problemOf('The login did not begin here, took too long, or was refused'),
        ...problems.unexpected,
        ...problems.unavailable,
      },
    },
    handle: (c) => browser.finish(c),
  },
  {
    needs: 'nothing',
    definition: {
      method: 'post',
      path: '/logout',
      operationId: 'logout',
      tags: ['shop'],
      summary: 'Log out with a browser',
      responses: {
        204: { description: 'The cookie is gone' },
        403: problemOf('The call came from another site'),
        ...problems.unexpected,
      },
    },
    handle: (c) => {
      refuseOtherSites(c, publicUrl, 'This came from another site. Nothing was done.');
      return browser.end();
    },
  },
];
