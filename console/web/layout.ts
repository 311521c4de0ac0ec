import { html, type Markup, type Value } from '@quadrille/process/html';
import { page } from './answers.ts';
import type { Notice } from './notices.ts';
import type { Visit } from './route.ts';
import type { Viewer } from './session.ts';

const places = [
  ['/orders', 'Orders'],
  ['/parked', 'Parked'],
  ['/flow', 'Relays and lag'],
  ['/score', 'Score'],
  ['/rates', 'Rates'],
  ['/unrecognized', 'Unrecognized records'],
  ['/audit-log', 'Audit log'],
] as const;
export type Place = (typeof places)[number][0];

/** By subject, in the order in which they count. */
export const sheets = [
  'base.css',
  'frame.css',
  'forms.css',
  'parts.css',
  'tables.css',
  'orders.css',
  'drawings.css',
  'score.css',
] as const;

const head = (title: string): Markup => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Quadrille console</title>
${sheets.map((sheet) => html`<link rel="stylesheet" href="/assets/${sheet}">`)}
<link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
<script src="/assets/live.js" type="module"></script>`;

const brand = html`<a class="brand" href="/orders"><img src="/assets/icon.svg" alt="" width="24" height="24">Quadrille <span>console</span></a>`;

type Frame = {
  readonly title: string;
  readonly place: Place;
  readonly visit: Visit<Viewer>;
  readonly isLive: boolean;
  readonly notice: Notice | null;
};

/** A whole page. What stands in `main` follows what happens, where a browser runs our script. */
export const layout = ({ title, place, visit, isLive, notice }: Frame, main: Value): Markup => html`${head(title)}
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wide">
  ${brand}
  <nav aria-label="Console"><ul>
    ${places.map(([path, name]) => html`<li><a href="${path}"${path === place && html` aria-current="page"`}>${name}</a></li>`)}
  </ul></nav>
  <form class="who" method="post" action="/logout">
    <input type="hidden" name="token" value="${visit.token}">
    <span><b>${visit.viewer.name}</b> ${visit.viewer.role}</span>
    ${visit.session.expiresAt < Number.POSITIVE_INFINITY && html`<button class="plain">Log out</button>`}
  </form>
</div></header>
${notice && html`<p class="notice wide ${notice.tone}" role="alert">${notice.text}</p>`}
<p class="pulse wide" role="status"${isLive && html` data-live`}></p>
<main id="main" class="wide" tabindex="-1">${main}</main>
<footer class="wide">Times are UTC. <a href="/openapi.json">API</a>, <a href="/asyncapi.json">events</a></footer>
</html>
`;

/** A page without the console around it: to log in, and for what went wrong. */
export const barePage = (title: string, main: Value): Markup => html`${head(title)}
<header class="top"><div class="wide">${brand}</div></header>
<main id="main" class="wide narrow">${main}</main>
</html>
`;

export const errorPage = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response =>
  page(
    barePage(
      `Error ${status}`,
      html`<h1>${status === 404 ? 'Not here' : status < 500 ? 'That does not work' : 'Out of order'}</h1>
<p class="notice bad" role="alert">${message}</p>
<p><a href="/orders">To the orders</a></p>`,
    ),
    status,
    headers,
  );
