import { html, type Markup, toText } from '@quadrille/process/html';
import type { LiveEdge } from './live.ts';
import { type Edge, edgesOf, nameOf, outside, type Score, type ScoreEvent, subscribersOf } from './score.ts';
import { drawingStyle } from './style.ts';

/** How wide a drawing is, and what stands where: one for wide screens and documents, one for phones. */
type Shape = {
  readonly name: string;
  readonly width: number;
  /** Where people and the clock act. */
  readonly outside: number;
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Above its line stands the name of an event; else in a column of its own. */
  readonly above: boolean;
};
const wide: Shape = { name: 'wide-only', width: 1040, outside: 236, first: 350, last: 950, step: 42, above: false };
const narrow: Shape = { name: 'narrow-only', width: 340, outside: 16, first: 78, last: 296, step: 48, above: true };

const top = 34;
const heading = 38;
const headings = {
  forward: 'Steps',
  rejection: 'Rejections',
  compensation: 'Compensations',
  announcement: 'Announcements',
} as const;

type Row = { readonly event: ScoreEvent; readonly y: number };

/**
 * The score as lanes: one for each service, and one for people and the clock. Each event is a line from its publisher to the services that
 * receive it, and from there an arc leads down the lane to the event that the service publishes because of it.
 * @param live as the topics carry it: edges are counted, silent ones faint, unknown ones marked
 */
export const drawScore = (score: Score, live: readonly LiveEdge[] | null = null): Markup =>
  html`${draw(score, live, wide)}${draw(score, live, narrow)}`;

/** For documents: one drawing with its colours, for light and dark pages. */
export const standalone = (score: Score): string =>
  `${toText(draw(score, null, wide)).replace('<defs>', `<style>${drawingStyle}</style>\n<defs>`)}\n`;

/** An edge, and how it is at present where that is known. */
type Drawn = Edge & Partial<LiveEdge>;

const heightOf = ({ state }: Drawn): number => ['silent', 'heard', 'unknown'].indexOf(state ?? 'heard');

const draw = (score: Score, live: readonly LiveEdge[] | null, shape: Shape): Markup => {
  const { name, width } = shape;
  const lanes = score.services.map((service) => service.name);
  const pitch = lanes.length > 1 ? (shape.last - shape.first) / (lanes.length - 1) : 0;
  const x = (lane: string | null): number =>
    lane === null ? shape.outside : Math.round(shape.first + pitch * Math.max(0, lanes.indexOf(lane)));
  const { rows, titles, height } = rowsOf(score, shape);
  // What was heard lies above what was not, and what the score does not know above all.
  const edges: readonly Drawn[] = (live ?? edgesOf(score)).toSorted((one, other) => heightOf(one) - heightOf(other));
  const arcs = edges.flatMap((edge) => arc(edge, rows, x, shape) ?? []);
  const isHeardFrom = (type: string) => edges.find((edge) => edge.received === null && edge.published === type);
  const kinds = ['forward', 'undo'] as const;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="score ${name}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${inWords(score)}">
<defs>${kinds.map((kind) => html`<marker id="score-${name}-${kind}" class="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>`)}</defs>
${[null, ...lanes].map((lane) => html`<g class="lane"><line x1="${x(lane)}" y1="${top - 6}" x2="${x(lane)}" y2="${height - 8}"/>${laneName(lane, x, shape)}</g>`)}
${titles.map(({ text, y }) => html`<text class="part" x="${shape.above ? 26 : 8}" y="${y}">${text}</text>`)}
${rows.map((row) => line(score, row, x, shape, isHeardFrom(row.event.type)))}
${arcs.map(({ line }) => line)}
${rows.map(({ event, y }) => html`<circle class="note ${kindOf(event)}" cx="${x(event.publisher)}" cy="${y}" r="5"/>`)}
${arcs.map(({ count }) => count)}
</svg>
`;
};

/** On a phone only the first word of where people and the clock act has room. */
const laneName = (lane: string | null, x: Lane, shape: Shape): Markup =>
  lane === null && shape.above
    ? html`<text x="2" y="18">${outside.split(' ')[0]}</text>`
    : html`<text x="${x(lane)}" y="18" text-anchor="middle">${lane ?? outside}</text>`;

const kindOf = ({ role }: ScoreEvent): 'forward' | 'undo' =>
  role.kind === 'rejection' || role.kind === 'compensation' ? 'undo' : 'forward';

const rowsOf = ({ events }: Score, { step }: Shape) => {
  const rows: Row[] = [];
  const titles: { readonly text: string; readonly y: number }[] = [];
  let y = top;
  let before: string | null = null;
  for (const event of events) {
    const { kind } = event.role;
    if (kind !== before) {
      titles.push({ text: headings[kind], y: y + 20 });
      y += heading;
      before = kind;
    }
    y += step / 2;
    rows.push({ event, y });
    y += step / 2;
  }
  return { rows, titles, height: y + 12 };
};

type Lane = (lane: string | null) => number;

/** An event on its way from its publisher to all who receive it. */
const line = (score: Score, { event, y }: Row, x: Lane, shape: Shape, made: Drawn | undefined): Markup => {
  const kind = kindOf(event);
  const from = x(event.publisher);
  const ends = subscribersOf(score, event.type).map(x);
  return html`<g class="message ${kind}">${made && html`<circle class="hand ${made.state ?? 'known'}" cx="${x(null)}" cy="${y}" r="4"/>${countOf(made, { x: x(null) + 9, y: y + 4 }, shape)}`}
${ends.map((to) => html`<path class="sent" marker-end="url(#score-${shape.name}-${kind})" d="M${from + (to > from ? 6 : -6)} ${y}H${to + (to > from ? -3 : 3)}"/>`)}
<text class="name" x="${shape.above ? 26 : 8}" y="${shape.above ? y - 11 : y + 4}">${event.type}</text></g>`;
};

type Arc = { readonly line: Markup; readonly count: Markup | null };

/** From where a service receives an event to the one that it publishes because of it. */
const arc = (edge: Drawn, rows: readonly Row[], x: Lane, shape: Shape): Arc | null => {
  const { received, service, published, state = 'known' } = edge;
  const [from, to] = [received, published].map((type) => rows.find(({ event }) => event.type === type));
  if (!from || !to || received === null) return null;
  const at = x(service);
  const reach = (shape.above ? 8 : 12) + Math.min(shape.above ? 18 : 36, Math.abs(to.y - from.y) / 10);
  const ends = to.y > from.y ? to.y - 7 : to.y + 7;
  const isShort = Math.abs(to.y - from.y) <= shape.step;
  return {
    line: html`<g class="arc ${kindOf(to.event)} ${state}"><title>${nameOf(edge)} (${service})</title>
<path d="M${at} ${from.y}C${at + reach} ${from.y + 8} ${at + reach} ${ends - 8} ${at + 2} ${ends}"/></g>`,
    count: countOf(
      edge,
      // Beside a short arc longer ones begin.
      { x: isShort ? at - 8 : Math.round(at + reach * 0.8 + 4), y: Math.round((from.y + to.y) / 2 + 4), isShort },
      shape,
    ),
  };
};

/** How often it happened, where there is room; what never did is seen by its line. */
const countOf = (
  { count = 0, state }: Drawn,
  { x, y, isShort = false }: { readonly x: number; readonly y: number; readonly isShort?: boolean },
  shape: Shape,
): Markup | null =>
  count === 0 || shape.above
    ? null
    : html`<text class="count ${state}" x="${x}" y="${y}" text-anchor="${isShort ? 'end' : 'start'}">${count.toLocaleString('en')}</text>`;

const inWords = (score: Score): string =>
  edgesOf(score)
    .map(({ received, service, published }) => `${service} publishes ${published} because of ${received ?? outside}`)
    .join('; ');
