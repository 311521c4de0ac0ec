import { rejections } from '@quadrille/contracts/saga';
import type { Pool } from '@quadrille/db/connect';
import { buckets, spans } from '../projection/minutes.ts';
import { select } from '../projection/tables.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How far back, and how long a slot is. */
export const ranges = {
  '1h': { span: hour, step: minute },
  '6h': { span: 6 * hour, step: 5 * minute },
  '24h': { span: 24 * hour, step: 15 * minute },
  '7d': { span: 168 * hour, step: 120 * minute },
} as const;
export type Range = keyof typeof ranges;

export type Percentiles = { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };

export type Slot = {
  readonly at: string;
  /** Per minute. */
  readonly submitted: number;
  readonly placed: number;
  readonly paid: number;
  readonly turned: number;
  /** ms */
  readonly took: Readonly<Record<string, Percentiles>>;
};

export type Rates = {
  readonly range: Range;
  readonly slots: readonly Slot[];
  /** How many orders were refused or called off, by reason, the most first. */
  readonly reasons: readonly { readonly code: string; readonly count: number }[];
};

export const readRates = async (pool: Pool, range: Range): Promise<Rates> => {
  const { span, step } = ranges[range];
  const [clock] = await select<{ now: Date }>(pool, 'SELECT UTC_TIMESTAMP(3) AS now');
  const end = Math.floor((clock?.now.getTime() ?? 0) / step) + 1;
  const first = end - span / step;
  const rows = await select<{ slot: number; name: string; count: string }>(
    pool,
    `SELECT FLOOR(UNIX_TIMESTAMP(minute) / ${step / 1_000}) AS slot, name, SUM(count) AS count FROM minutes
     WHERE minute >= ? GROUP BY slot, name`,
    [new Date(first * step)],
  );
  const counts = new Map(rows.map(({ slot, name, count }) => [`${slot} ${name}`, Number(count)]));
  const reasons = new Map<string, number>();
  for (const { name, count } of rows) {
    const [, code] = /^refused (.+)$/.exec(name) ?? [];
    if (code) reasons.set(code, (reasons.get(code) ?? 0) + Number(count));
  }
  return {
    range,
    slots: Array.from({ length: end - first }, (_, index) => slotOf(counts, first + index, step)),
    reasons: [...reasons].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
  };
};

const slotOf = (counts: ReadonlyMap<string, number>, slot: number, step: number): Slot => {
  const perMinute = (...types: readonly string[]) =>
    types.reduce((sum, type) => sum + (counts.get(`${slot} event ${type}`) ?? 0), 0) / (step / minute);
  const took = spans.map(({ name }) => [name, percentilesOf((bound) => counts.get(`${slot} ${name} ${bound}`) ?? 0)]);
  return {
    at: new Date(slot * step).toISOString(),
    submitted: perMinute('order-created'),
    placed: perMinute('payment-created'),
    paid: perMinute('payment-succeeded'),
    turned: perMinute(...rejections),
    took: Object.fromEntries(took),
  };
};

/** By the counts of a histogram; within a bucket it is as if they lay evenly. */
export const percentilesOf = (countUpTo: (bound: number | 'more') => number): Percentiles => {
  const counts = [...buckets, 'more' as const].map(countUpTo);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const percentile = (share: number): number | null => {
    if (all === 0) return null;
    let left = share * all;
    for (const [index, count] of counts.entries()) {
      const [from, to] = [buckets[index - 1] ?? 0, buckets[index] ?? Number(buckets.at(-1))];
      if (left <= count && count > 0) return Math.round(from + ((to - from) * left) / count);
      left -= count;
    }
    return Number(buckets.at(-1));
  };
  return { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
};
