import { duration } from '@quadrille/ops/moment';
import { html, type Markup } from '@quadrille/process/html';
import type { Awaited } from '../schema.ts';
import { mayOperate } from './route.ts';
import type { Viewer } from './session.ts';

/** `12:00:01.250`, with the day where it matters; always UTC. Browsers that run our script add how long ago it was. */
export const time = (at: Date | string, style: 'second' | 'exact' = 'second'): Markup => {
  const iso = new Date(at).toISOString();
  const clock = iso.slice(11, style === 'exact' ? 23 : 19);
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)} ${clock}</time>`;
};

/** The same, without the day where that is known. */
export const clock = (at: Date | string, today: Date, style: 'second' | 'exact' = 'second'): Markup => {
  const iso = new Date(at).toISOString();
  const isToday = iso.slice(0, 10) === today.toISOString().slice(0, 10);
  const end = style === 'exact' ? 23 : 19;
  return html`<time datetime="${iso}" title="${iso}">${isToday ? iso.slice(11, end) : iso.slice(0, end).replace('T', ' ')}</time>`;
};

/** A moment that something has lasted since. */
export const since = (at: Date | string, now: Date): Markup => {
  const iso = new Date(at).toISOString();
  const lasted = duration(now.getTime() - new Date(at).getTime());
  return html`since <time datetime="${iso}" title="${iso}">${iso.slice(11, 19)}</time> <span class="ago" data-since="${iso}">(${lasted})</span>`;
};

export const took = (ms: number): string => duration(ms);

/** Minor units, as people write money. */
export const money = (minor: number): string => (minor / 100).toFixed(2);

/** What a reader sees in place of what is about a person. */
export const masked = html`<span class="masked" title="shown to operators">•••</span>`;

/** What is about a person: their number, what they buy for how much. Readers run the system without it. */
export const personal = (viewer: Viewer, value: string | number | Markup | null): Markup | string | number => {
  if (value === null) return '–';
  return mayOperate(viewer) ? value : masked;
};

export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-6)}`;

export const awaited = (whom: readonly Awaited[]): string =>
  whom.map((each) => (each === 'customer' ? 'the customer' : each)).join(' and ');

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
