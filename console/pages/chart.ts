import { html, type Markup } from '@quadrille/process/html';

export type Series = { readonly name: string; readonly values: readonly (number | null)[] };

export type Chart = {
  readonly id: string;
  readonly title: string;
  /** When each value is of (ISO 8601). */
  readonly times: readonly string[];
  readonly series: readonly Series[];
  readonly show: (value: number) => string;
};

type Shape = { readonly width: number; readonly height: number; readonly labels: number };
const wide: Shape = { width: 560, height: 200, labels: 6 };
const narrow: Shape = { width: 340, height: 190, labels: 3 };
const [left, right, above, below] = [52, 8, 10, 26];

/** Lines over time, once for wide screens and once for phones; the table beneath says the same in numbers. */
export const lineChart = (chart: Chart): Markup => html`
<figure class="chart" id="${chart.id}"><figcaption><h2>${chart.title}</h2>
<ul class="legend">${chart.series.map(({ name }, index) => html`<li class="c${index + 1}">${name} <b>${latest(chart, index)}</b></li>`)}</ul></figcaption>
${draw(chart, wide, 'wide-only')}${draw(chart, narrow, 'narrow-only')}
<details><summary>Numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="${chart.title}, numbers"><table><thead><tr><th scope="col">Time</th>${chart.series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${chart.times.map((time, at) => html`<tr><th scope="row">${label(time)}</th>${chart.series.map(({ values }) => html`<td class="number">${shown(chart, values[at])}</td>`)}</tr>`).reverse()}</tbody></table></div></details>
</figure>`;

const shown = ({ show }: Chart, value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : show(value);

const latest = (chart: Chart, index: number): string =>
  shown(
    chart,
    chart.series[index]?.values.findLast((value) => value !== null),
  );

const label = (time: string): string => time.slice(11, 16);

const draw = (chart: Chart, { width, height, labels }: Shape, className: string): Markup => {
  const { times, series, show, title } = chart;
  const ticks = ticksUpTo(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const top = ticks.at(-1) ?? 1;
  const x = (at: number) =>
    Math.round((left + ((width - left - right) * at) / Math.max(1, times.length - 1)) * 10) / 10;
  const y = (value: number) => Math.round((height - below - ((height - above - below) * value) / top) * 10) / 10;
  const every = Math.ceil(times.length / labels);
  const words = series.map(({ name }, index) => `${name} ${latest(chart, index)}`).join(', ');
  return html`<svg class="${className}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${words} at the end">
${ticks.map((tick) => html`<g class="grid"><line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${show(tick)}</text></g>`)}
${times.map((time, at) => (times.length - 1 - at) % every === 0 && html`<text class="axis" x="${x(at)}" y="${height - 6}" text-anchor="${at === times.length - 1 ? 'end' : 'middle'}">${label(time)}</text>`)}
${series.map(({ values }, index) => html`<path class="line c${index + 1}" d="${path(values, x, y)}"/>${alone(values).map(({ value, at }) => html`<circle class="dot c${index + 1}" cx="${x(at)}" cy="${y(value)}" r="2.5"/>`)}`)}
${times.map((time, at) => html`<rect class="slot" x="${x(at - 0.5)}" y="${above}" width="${Math.round(x(1) - x(0))}" height="${height - above - below}"><title>${label(time)} UTC: ${series.map(({ name, values }) => `${name} ${shown(chart, values[at])}`).join(', ')}</title></rect>`)}
</svg>`;
};

/** Values with none beside them: no line shows them. */
const alone = (values: readonly (number | null)[]): { value: number; at: number }[] =>
  values.flatMap((value, at) =>
    value === null || (values[at - 1] ?? null) !== null || (values[at + 1] ?? null) !== null ? [] : [{ value, at }],
  );

/** Where there is no value, the line is broken. */
const path = (values: readonly (number | null)[], x: (at: number) => number, y: (value: number) => number): string =>
  values
    .map((value, at) => {
      if (value === null) return '';
      const begins = (values[at - 1] ?? null) === null;
      return `${begins ? 'M' : 'L'}${x(at)} ${y(value)}`;
    })
    .join('');

/** Round numbers from 0 to at least the greatest. */
const ticksUpTo = (greatest: number): number[] => {
  const rough = Math.max(greatest, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(Math.max(greatest, 1) / step) + 1 }, (_, index) => index * step);
};

/** Parts of a whole, as bars of text: what a table can do, a drawing need not. */
export const bars = (rows: readonly { name: string; count: number }[], caption: string): Markup => {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return html`<table class="bars"><caption class="unseen">${caption}</caption><tbody>${rows.map(
    ({ name, count }) => html`<tr><th scope="row">${name}</th><td class="number">${count.toLocaleString('en')}</td>
<td><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.max(0.5, (100 * count) / most)}" height="10" rx="1"/></svg></td></tr>`,
  )}</tbody></table>`;
};
