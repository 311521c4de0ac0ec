import type { Markup } from '@quadrille/process/html';
import type { Context } from 'hono';
import { page } from './answers.ts';
import { layout, type Place } from './layout.ts';
import type { Live } from './live.ts';
import { takeNotice } from './notices.ts';
import type { Visit } from './route.ts';
import type { Sessions, Viewer } from './session.ts';

/** For whom a page is made. Nothing of the session but this may show in it: those who follow it in the same role get the same bytes. */
export type Audience = Pick<Visit<Viewer>, 'viewer' | 'token'>;

/** Answers with a page, or, to who asks for a stream of it, with its content each time it changes. */
export type Show = (
  c: Context,
  visit: Visit<Viewer>,
  about: { title: string; place: Place; status?: number; orderId?: string },
  render: (audience: Audience) => Promise<Markup>,
) => Promise<Response>;

export const showWith =
  (live: Live, sessions: Sessions): Show =>
  async (c, visit, { title, place, status = 200, orderId }, render) => {
    if (c.req.header('accept')?.includes('text/event-stream')) {
      const cookies = c.req.header('cookie');
      const isOpen = visit.session.expiresAt === Number.POSITIVE_INFINITY;
      const mayLook = () => isOpen || sessions.read(cookies, Date.now()) !== null;
      const { role } = visit.viewer;
      const { pathname, search } = new URL(c.req.url);
      // The script of the page knows its token.
      const all: Audience = { viewer: { name: '', role }, token: '' };
      return live.follow(c, { key: `${role} ${pathname}${search}`, render: () => render(all), mayLook, orderId });
    }
    const main = await render(visit);
    return page(
      layout({ title, place, visit, isLive: status === 200, notice: takeNotice(visit.session) }, main),
      status,
    );
  };
