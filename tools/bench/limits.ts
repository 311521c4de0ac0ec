import { linesOf, type Results } from './report.ts';

/**
 * The most that an order may take when it is alone (scenario `counts`). Counts are the same on every machine, but for the work of a second that
 * passes meanwhile (leases, heartbeats): so a tenth more than was measured. CPU depends on the machine and its load: two and a half times as much.
 */
export const limits: Readonly<Record<string, number>> = {
  'commits per order': 12.4,
  'statements per order': 65.5,
  'rows per order': 28.9,
  'Kafka bytes per order': 2_770,
  'CPU ms per order': 250,
};

/** A sentence for each figure of `counts` that is above its limit, or was not measured. */
export const overLimits = (results: Results, version: string, allowed = limits): string[] => {
  const lines = linesOf(results.counts ?? {}, [version]);
  return Object.entries(allowed).flatMap(([figure, most]) => {
    const median = lines.find((line) => line.figure === figure)?.values[0]?.median;
    if (median === undefined) return [`${figure}: not measured; run the scenario counts`];
    return median > most ? [`${figure}: ${median}, at most ${most} allowed (tools/bench/limits.ts)`] : [];
  });
};
