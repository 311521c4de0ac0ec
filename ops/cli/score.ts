import type { Command } from 'commander';
import { duration, parseMoment } from '../moment.ts';
import { type Live, type LiveEdge, readLive } from '../score/live.ts';
import { type Edge, edgesOf, outside, score } from '../score/score.ts';
import { counted, paint, plain, print, printJson, table } from './output.ts';
import { type ExitCode, examples, jsonOption, runVerb, whole } from './verb.ts';

type Options = { json?: boolean; live?: boolean; from: string; most: number };

export const addScore = (program: Command): void => {
  program
    .command('score')
    .description('Which event makes which service publish which others; with --live, beside what the topics carry')
    .option('--live', 'compare with what the topics carry; exit 1 when they carry what the score does not know')
    .option('--from <time>', 'with --live: events made from then on', '1h')
    .option('--most <number>', 'with --live: so many records at most, the latest', whole(1), 50_000)
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- score',
        'npm run ops -- score --live',
        'npm run ops -- score --live --from 10m --json | jq \'.edges[] | select(.state == "unknown")\'',
      ]),
    )
    .action((options: Options) =>
      runVerb(options, async (cluster, { live, from, most, json }, signal): Promise<ExitCode> => {
        if (!live) {
          const edges = edgesOf(score);
          if (json) printJson({ edges, decisions: score.decisions });
          else print(describeEdges(edges));
          return 0;
        }
        const since = parseMoment(from, new Date()).getTime();
        const found = await readLive(cluster, score, { since, most }, signal);
        if (json) printJson(found);
        else print(describeLive(found));
        return found.edges.some(({ state }) => state === 'unknown') ? 1 : 0;
      }),
    );
};

const cellsOf = ({ received, service, published }: Edge): string[] => [
  plain(received ?? outside),
  plain(service),
  plain(published),
];

export const describeEdges = (edges: readonly Edge[]): string =>
  table([['because of', 'service', 'publishes'], ...edges.map(cellsOf)]);

export const describeLive = ({ from, events, unreadable, causeNotRead, isCut, edges }: Live): string => {
  const unknown = edges.filter(({ state }) => state === 'unknown');
  const silent = edges.filter(({ state }) => state === 'silent');
  const missed = silent.filter(({ causes }) => causes !== null && causes > 0);
  const rows = edges.map((edge) => [...cellsOf(edge), ...countsOf(edge)]);
  return [
    `${counted(events, 'event')} since ${plain(from)}${isCut ? ', the latest that --most allows' : ''}`,
    '',
    table([['because of', 'service', 'publishes', 'count', 'p50', 'p95', 'last'], ...rows]),
    '',
    unknown.length === 0
      ? 'The topics carry nothing that the score does not know.'
      : paint(
          'red',
          `${counted(unknown.length, 'edge')} that the score does not know: somebody else publishes, or the score is older than what runs.`,
        ),
    ...(silent.length > 0
      ? [
          `Silent: ${counted(silent.length, 'edge')}${missed.length > 0 ? `, ${missed.length} of them although the cause came` : ''}.`,
        ]
      : []),
    ...(causeNotRead > 0
      ? [`${counted(causeNotRead, 'event')} with a cause that was not read: it is older, or not there.`]
      : []),
    ...(unreadable > 0
      ? [`${counted(unreadable, 'record')} that cannot be read as events of ours: tail shows them.`]
      : []),
  ].join('\n');
};

const countsOf = ({ state, count, causes, p50, p95, last }: LiveEdge): string[] => {
  if (state === 'silent')
    return [causes ? paint('yellow', `silent: the cause came ${counted(causes, 'time')}`) : paint('dim', 'silent')];
  const number = String(count);
  return [
    state === 'unknown' ? paint('red', `${number} unknown`) : number,
    p50 === null ? '-' : duration(p50),
    p95 === null ? '-' : duration(p95),
    plain(last?.slice(0, 19).replace('T', ' ') ?? '-'),
  ];
};
