/** What a run of chaos has shown. */
export type Report = {
  readonly seed: number;
  readonly minutes: number;
  readonly brokers: number;
  /** Published events that were looked for in Kafka. */
  readonly compared: number;
  /** Foreign records that were parked, in the end given up. */
  readonly discarded: number;
  readonly accepted: number;
  /** Orders by how they ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly faults: { readonly kind: string; readonly on: string; readonly recoveredMs: number }[];
  /** Whether every order had come to its end when the patience was over. */
  readonly settled: boolean;
  readonly violations: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
};

export const toMarkdown = (report: Report): string => {
  const { seed, minutes, brokers, compared, discarded, accepted, ends, faults, settled, violations, versions } = report;
  const longest = faults.reduce((worst, fault) => (fault.recoveredMs > worst.recoveredMs ? fault : worst), {
    kind: 'none',
    on: '',
    recoveredMs: 0,
  });
  const kinds = Map.groupBy(faults, ({ kind }) => kind);
  const row = (kind: string, struck: Report['faults']) =>
    `| ${kind} | ${struck.length} | ${seconds(Math.max(...struck.map(({ recoveredMs }) => recoveredMs)))} |`;
  return [
    '# Chaos: the real stack under load and faults',
    '',
    `\`npm run chaos -- --brokers ${brokers} --minutes ${minutes} --seed ${seed}\` on ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    `- ${accepted} orders accepted by customers' keys, ${faults.length} faults, ${violations.length} promises broken.`,
    `- ${compared} published events compared with what Kafka holds; ${discarded} foreign records were parked, and given up in the end.`,
    `- ${settled ? 'Every order and every payment came to its end.' : 'Not every order had come to its end when the patience was over.'}`,
    `- Longest time from the end of a fault to an order placed: ${seconds(longest.recoveredMs)} (${longest.kind}: ${longest.on}).`,
    '',
    '| how orders ended | orders |',
    '| --- | --- |',
    ...Object.entries(ends).map(([outcome, count]) => `| ${outcome} | ${count} |`),
    '',
    '| fault | times | longest recovery |',
    '| --- | --- | --- |',
    ...[...kinds].sort().map(([kind, struck]) => row(kind, struck)),
    '',
    ...(violations.length === 0 ? [] : ['Broken:', '', ...violations.slice(0, 100).map((what) => `- ${what}`), '']),
  ].join('\n');
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
