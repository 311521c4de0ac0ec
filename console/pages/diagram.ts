import { events } from '@quadrille/contracts/catalogue';
import { isCompensating } from '@quadrille/contracts/saga';
import { html, type Markup } from '@quadrille/process/html';
import { services } from '@quadrille/services';
import type { TimelineRow } from '../read/timeline.ts';
import type { OrderRow } from '../schema.ts';
import { awaited, took } from '../web/words.ts';

/** How wide a drawing is, and what stands where: one for wide screens, one for phones. */
type Shape = { readonly width: number; readonly first: number; readonly pitch: number; readonly step: number };
const lanes: readonly string[] = services;
const gaps = Math.max(3, lanes.length - 1);
/** More lanes than four move closer together on a wide screen; on a phone the drawing becomes wider, and scrolls. */
const wide: Shape = { width: 1040, first: 150, pitch: 690 / gaps, step: 48 };
const narrow: Shape = { width: 76 + 88 * gaps, first: 34, pitch: 88, step: 54 };
const narrowClass = gaps > 3 ? 'narrow-only scrolls' : 'narrow-only';
/** Where the customer acts. */
const customerLane = events.find(({ role }) => role.kind === 'forward' && role.by === 'customer')?.publisher ?? '';
const top = 44;

/**
 * An order's events as a sequence diagram: a lane for each service, time downwards. An arrow goes from the event that was the cause to the one that
 * came of it, with the time between them. Each leads to its row in the table of events, which says the same in words.
 */
export const diagram = (story: readonly TimelineRow[], order: OrderRow): Markup => html`
<figure class="diagram" id="diagram">${draw(story, order, wide, 'wide-only')}${draw(story, order, narrow, narrowClass)}
<figcaption class="legend"><span class="forward">caused by</span> <span class="undo">compensation</span>
${order.waitsFor.some((whom) => whom !== 'customer') && html`<span class="awaited">awaited</span>`}</figcaption></figure>`;

const draw = (story: readonly TimelineRow[], order: OrderRow, shape: Shape, className: string): Markup => {
  const { width, first, pitch, step } = shape;
  const [name = ''] = className.split(' ');
  const x = (lane: string) => first + pitch * Math.max(0, lanes.indexOf(lane));
  const y = (index: number) => top + 26 + step * index;
  const places = new Map(story.map((event, index) => [event.eventId, { x: x(event.publisher), y: y(index) }]));
  const waiting = order.waitsFor.filter((whom) => whom !== 'customer');
  const height = y(story.length - 1) + 30 + (order.waitsFor.length > 0 ? step : 0);

  const arrow = (event: TimelineRow) => {
    const to = places.get(event.eventId);
    const from = event.cause && places.get(event.cause.eventId);
    if (!to || !from) return null;
    const kind = isCompensating(event.type) ? 'undo' : 'forward';
    // A step within a lane goes out of it and back.
    const bend = from.x === to.x ? `C${from.x - 26} ${from.y + 8} ${to.x - 26} ${to.y - 8} ${to.x - 7} ${to.y}` : null;
    const end = to.x > from.x ? to.x - 7 : to.x + 7;
    const path = bend ?? `C${from.x} ${to.y} ${from.x} ${to.y} ${end} ${to.y}`;
    return html`<path class="arrow ${kind}" marker-end="url(#${name}-${kind})" d="M${from.x} ${from.y + 6} ${path}"/>`;
  };
  const node = (event: TimelineRow, index: number) => {
    const place = { x: x(event.publisher), y: y(index) };
    const kind = isCompensating(event.type) ? 'undo' : 'forward';
    // The words go to the side that has room.
    const isLast = place.x > width - 160;
    const anchor = isLast ? 'end' : 'start';
    const at = isLast ? place.x - 2 : place.x + 2;
    const later = event.sinceCause === null ? '' : `+${took(event.sinceCause)}`;
    return html`<g class="event ${kind}"><a href="#e-${event.eventId}"><circle cx="${place.x}" cy="${place.y}" r="6"/>
<text x="${at + (isLast ? -2 : 2) * 5}" y="${place.y - 9}" text-anchor="${anchor}">${event.type}<tspan class="later" dx="6">${later}</tspan></text></a></g>`;
  };
  const expected = waiting.map((whom) => {
    const cause = eventWaitedOn(story, order);
    const from = cause && places.get(cause.eventId);
    const to = { x: x(whom), y: y(story.length) };
    return html`<g class="event awaited"><circle cx="${to.x}" cy="${to.y}" r="6"/>
${from && html`<path class="arrow awaited" d="M${from.x} ${from.y + 6} C${from.x} ${to.y} ${from.x} ${to.y} ${to.x > from.x ? to.x - 7 : to.x + 7} ${to.y}"/>`}
<text x="${to.x}" y="${to.y - 11}" text-anchor="middle">${whom}?</text></g>`;
  });
  return html`<svg class="${className}" width="${width}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${inWords(story, order)}">
<defs>${(['forward', 'undo'] as const).map(
    (kind) =>
      html`<marker id="${name}-${kind}" class="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>`,
  )}</defs>
${lanes.map(
  (lane) => html`<g class="lane"><line x1="${x(lane)}" y1="${top - 6}" x2="${x(lane)}" y2="${height - 6}"/>
<text x="${x(lane)}" y="22" text-anchor="middle">${lane}</text></g>`,
)}
${width > 500 && story.map((event, index) => html`<text class="elapsed" x="8" y="${y(index) + 4}">${elapsed(story, event)}</text>`)}
${story.map(arrow)}${story.map(node)}${expected}
${order.waitsFor.includes('customer') && html`<text class="hint" x="${x(customerLane)}" y="${y(story.length) - 6}" text-anchor="end">waits for the customer to pay</text>`}
</svg>`;
};

/** What those who are waited for should have received. */
const eventWaitedOn = (story: readonly TimelineRow[], order: OrderRow): TimelineRow | undefined =>
  order.status === 'cancelling'
    ? story.find(({ time, type }) => isCompensating(type) && time.getTime() === order.turnedAt?.getTime())
    : story.findLast(({ type }) => !isCompensating(type));

/** Since the first event. */
const elapsed = ([first]: readonly TimelineRow[], { time }: TimelineRow): string =>
  first ? `+${took(time.getTime() - first.time.getTime())}` : '';

const inWords = (story: readonly TimelineRow[], order: OrderRow): string =>
  [
    ...story.map(({ type, publisher, cause, sinceCause }) =>
      cause && sinceCause !== null
        ? `${publisher} says ${type}, ${took(sinceCause)} after ${cause.type}`
        : `${publisher} says ${type}`,
    ),
    ...(order.waitsFor.length > 0 ? [`then it waits for ${awaited(order.waitsFor)}`] : []),
  ].join('; ');
