import { events } from '@quadrille/contracts/catalogue';
import { services } from '@quadrille/services';
import type { Command } from 'commander';
import { oneOf } from '../did-you-mean.ts';
import { findOrder } from '../order-id.ts';
import { type Passing, tail } from '../tail.ts';
import { paint, plain, print, printJsonLine } from './output.ts';
import { type ExitCode, examples, jsonOption, runVerb, several, whole } from './verb.ts';

type Options = {
  json?: boolean;
  data?: boolean;
  type?: string[];
  service?: string[];
  order?: string;
  user?: number;
  count?: number;
};

export const addTail = (program: Command): void => {
  program
    .command('tail')
    .description('Events as they are published, until Ctrl-C')
    .option('--type <type>', 'only events of these types', several)
    .option('--service <name>', 'only what these services say', several)
    .option('--order <id>', 'only those of one order')
    .option('--user <id>', 'only those of one user', whole(1))
    .option('--data', 'with what they say')
    .option('--count <number>', 'end after so many', whole(1))
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- tail',
        'npm run ops -- tail --type stock-rejected,coupon-rejected --data',
        'npm run ops -- tail --user 1 --json | jq .event.type',
      ]),
    )
    .action((options: Options) =>
      runVerb(options, async (cluster, { type, service, order, user, count, data }, signal): Promise<ExitCode> => {
        const known = [...new Set(events.map((event) => event.type))];
        const filter = {
          types: type && new Set(type.map((text) => oneOf('event', text, known))),
          services: service && new Set(service.map((text) => oneOf('service', text, services))),
          orderId: order === undefined ? undefined : await findOrder(cluster, order),
          userId: user,
        };
        const enough = new AbortController();
        let seen = 0;
        await tail(cluster, filter, {
          onRecord: (passing) => {
            if (count !== undefined && seen >= count) return;
            if (options.json) printJsonLine(passing);
            else print(describePassing(passing, data === true));
            if (++seen === count) enough.abort();
          },
          onReady: () => process.stderr.write('Listening. Ctrl-C ends it.\n'),
          signal: AbortSignal.any([signal, enough.signal]),
        });
        return 0;
      }),
    );
};

export const describePassing = (passing: Passing, withData: boolean): string => {
  const place = paint('dim', plain(`${passing.topic}/${passing.partition}@${passing.offset}`));
  if ('broken' in passing) return `${paint('red', 'no event of ours')}  ${plain(passing.broken)}  ${place}`;
  const { time, type, publisher, correlationId, data } = passing.event;
  const line = `${plain(`${time.slice(11, 23)}  ${publisher.padEnd(6)}  ${type.padEnd(17)}  ${correlationId}`)}  ${place}`;
  return withData ? `${line}  ${plain(JSON.stringify(data))}` : line;
};
