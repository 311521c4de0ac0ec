import type { Figures } from './measure.ts';

/** What was measured: figures of each repetition, by scenario and version. */
export type Results = Readonly<Record<string, Readonly<Record<string, readonly Figures[]>>>>;

export type Report = {
  readonly machine: string;
  readonly versions: readonly string[];
  readonly about: Readonly<Record<string, string>>;
  readonly results: Results;
};

/** Of an odd number the one in the middle, of an even number the lower of the two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
};

export type Line = {
  readonly figure: string;
  /** Of each version, in their order: the median, the least and the most. */
  readonly values: readonly { readonly median: number; readonly least: number; readonly most: number }[];
  /** The median of the first version divided by that of the second; null: there is no second, or it is 0. */
  readonly ratio: number | null;
};

/** A line for each figure that all versions have. */
export const linesOf = (ofScenario: Results[string], versions: readonly string[]): Line[] => {
  const [first] = versions;
  const names = Object.keys(ofScenario[first ?? '']?.[0] ?? {});
  return names.flatMap((figure) => {
    const values = versions.map((version) => {
      const all = (ofScenario[version] ?? []).flatMap((figures) => figures[figure] ?? []);
      return { median: median(all), least: Math.min(...all), most: Math.max(...all) };
    });
    if (values.some((value) => Number.isNaN(value.median))) return [];
    const [ours, theirs] = values;
    const ratio = ours && theirs && theirs.median !== 0 ? Number((ours.median / theirs.median).toFixed(3)) : null;
    return [{ figure, values, ratio }];
  });
};

const cell = ({ median: middle, least, most }: Line['values'][number]): string =>
  least === most ? `${middle}` : `${middle} (${least} to ${most})`;

/** The report as Markdown, with a chart for each scenario. */
export const toMarkdown = ({ machine, versions, about, results }: Report): string =>
  [
    '# Bench',
    '',
    `${machine}. Medians, with the least and the most of all repetitions.`,
    ...Object.entries(results).flatMap(([scenario, ofScenario]) => {
      const lines = linesOf(ofScenario, versions);
      const isCompared = versions.length > 1;
      return [
        '',
        `## ${scenario}`,
        '',
        `${about[scenario] ?? ''}`,
        '',
        `| | ${versions.join(' | ')} |${isCompared ? ' ratio |' : ''}`,
        `|---|${versions.map(() => '---|').join('')}${isCompared ? '---|' : ''}`,
        ...lines.map(
          ({ figure, values, ratio }) =>
            `| ${figure} | ${values.map(cell).join(' | ')} |${isCompared ? ` ${ratio ?? ''} |` : ''}`,
        ),
        '',
        ...(lines.length > 0 ? [`![${scenario}](${scenario}.svg)`] : []),
      ];
    }),
    '',
  ].join('\n');

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars of the first figures of a scenario, one for each version; each figure has a scale of its own. */
export const toSvg = (lines: readonly Line[], versions: readonly string[]): string => {
  const colours = ['#2563eb', '#94a3b8', '#f59e0b'];
  const shown = lines.slice(0, 8);
  const [left, width, bar, gap] = [220, 420, 14, 12];
  const height = shown.length * (versions.length * bar + gap) + gap;
  const bars = shown.flatMap(({ figure, values }, row) => {
    const top = gap + row * (versions.length * bar + gap);
    const most = Math.max(...values.map(({ median: middle }) => middle), 1e-9);
    return [
      `<text x="${left - 8}" y="${top + bar}" text-anchor="end">${xml(figure)}</text>`,
      ...values.flatMap(({ median: middle }, index) => {
        const y = top + index * bar;
        const long = Math.max(1, (width * middle) / most);
        return [
          `<rect x="${left}" y="${y}" width="${long.toFixed(1)}" height="${bar - 2}" fill="${colours[index % colours.length]}"/>`,
          `<text x="${left + long + 6}" y="${y + bar - 3}">${middle} ${xml(versions[index] ?? '')}</text>`,
        ];
      }),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 180}" height="${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
${bars.join('\n')}
</svg>
`;
};
