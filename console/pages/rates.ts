import type { Pool } from '@quadrille/db/connect';
import { html } from '@quadrille/process/html';
import { HttpError } from '@quadrille/process/problem';
import { timedServices } from '../projection/minutes.ts';
import { type Range, type Rates, ranges, readRates } from '../read/rates.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { took } from '../web/words.ts';
import { bars, lineChart } from './chart.ts';

export const readRange = (text = '1h'): Range => {
  const range = (Object.keys(ranges) as Range[]).find((each) => each === text);
  if (!range) throw new HttpError(400, `range must be one of ${Object.keys(ranges).join(', ')}`);
  return range;
};

const freshFor = 2_000;

/** Open pages share what they show: it is made of many rows. */
export const createRates = (pool: Pool, { readModel }: Pick<Sources, 'readModel'>) => {
  const last = new Map<Range, { at: number; rates: Promise<Rates> }>();
  return (range: Range): Promise<Rates> => {
    const known = last.get(range);
    if (known && Date.now() - known.at < freshFor) return known.rates;
    const rates = readModel.ask(() => readRates(pool, range));
    last.set(range, { at: Date.now(), rates });
    rates.catch(() => last.delete(range));
    return rates;
  };
};
export type ReadRatesOf = ReturnType<typeof createRates>;

export const ratesPage = (ratesOf: ReadRatesOf, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/rates',
  needs: 'reader',
  handle: (c, visit) => {
    const range = readRange(c.req.query('range'));
    return show(c, visit, { title: 'Rates', place: '/rates' }, async () => {
      const { slots, reasons } = await ratesOf(range);
      const times = slots.map(({ at }) => at);
      const perMinute = (value: number) =>
        Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(value < 10 ? 1 : 0);
      return html`<h1>Rates</h1>
<nav class="chips" aria-label="How far back">${Object.keys(ranges).map((each) => html`<a href="/rates?range=${each}"${each === range && html` aria-current="true"`}>${each}</a>`)}</nav>
<div class="charts">
${lineChart({
  id: 'orders',
  title: 'Orders per minute',
  times,
  show: perMinute,
  series: [
    { name: 'submitted', values: slots.map(({ submitted }) => submitted) },
    { name: 'placed', values: slots.map(({ placed }) => placed) },
    { name: 'paid', values: slots.map(({ paid }) => paid) },
    { name: 'rejected or cancelled', values: slots.map(({ turned }) => turned) },
  ],
})}
${lineChart({
  id: 'placed',
  title: 'Time until placed',
  times,
  show: took,
  series: (['p50', 'p95', 'p99'] as const).map((name) => ({
    name,
    values: slots.map((slot) => slot.took.placed?.[name] ?? null),
  })),
})}
${lineChart({
  id: 'hops',
  title: 'Time each service takes, p95',
  times,
  show: took,
  series: timedServices.map((name) => ({
    name,
    values: slots.map((slot) => slot.took[name]?.p95 ?? null),
  })),
})}
<figure class="chart" id="reasons"><figcaption><h2>Cancelled orders by reason</h2></figcaption>
${
  reasons.length === 0
    ? html`<p class="none">No order was rejected or cancelled.</p>`
    : bars(
        reasons.map(({ code, count }) => ({ name: code, count })),
        'Orders rejected or cancelled, by reason',
      )
}</figure>
</div>`;
    });
  },
});
