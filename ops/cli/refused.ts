import type { Command } from 'commander';
import { decideRefused, listRefused } from '../refused.ts';
import { paint, plain, print, printJson, table } from './output.ts';
import { asAct, authorOf, type ExitCode, examples, jsonOption, runVerb, toNumber, toService } from './verb.ts';

type Options = { json?: boolean; all?: boolean; by?: string; why?: string };

export const addRefused = (program: Command): void => {
  const refused = program
    .command('refused')
    .description('Events that Kafka refuses to take from the relay, and those that wait behind them')
    .usage('list|release|discard [options]')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- refused list',
        'npm run ops -- refused release order 12 --why "max.message.bytes is 2 MB now"',
        'npm run ops -- refused discard order 12 --why "nobody needs it any more"',
      ]),
    );

  refused
    .command('list')
    .description('What Kafka refuses, and what waits behind it')
    .addHelpText('after', examples(['npm run ops -- refused list --all']))
    .option('--all', 'also what was published or discarded since')
    .option(...jsonOption)
    .action((options: Options) =>
      runVerb(options, async (site, { all = false, json }): Promise<ExitCode> => {
        const found = await listRefused(site, all);
        if (json) printJson(found);
        else if (found.length === 0) print('Kafka refuses nothing.');
        else
          print(
            table([
              ['service', 'number', 'order', 'status', 'attempts', 'since', 'cause'],
              ...found.map(({ service, seq, correlationId, status, attempts, parkedAt, cause }) => [
                ...[service, String(seq), correlationId, status === 'refused' ? paint('red', status) : status],
                ...[String(attempts), parkedAt.toISOString(), plain(cause ?? '')],
              ]),
            ]),
          );
        return 0;
      }),
    );

  for (const [decision, description] of [
    ['release', 'Have the relay publish it again, and then what waits behind it'],
    ['discard', 'Give it up: it is never published; what waits behind it is'],
  ] as const)
    asAct(
      refused
        .command(`${decision} <service> <number>`)
        .description(description)
        .addHelpText('after', examples([`npm run ops -- refused ${decision} order 12 --why "..."`]))
        .option(...jsonOption),
    ).action((service: string, number: string, options: Options) =>
      runVerb(options, async (site): Promise<ExitCode> => {
        const place = { service: toService(service), seq: toNumber(number) };
        const done = await decideRefused(site, decision, place, authorOf(options));
        if (options.json) printJson(done);
        else print(decision === 'release' ? 'Released: the relay publishes it in a moment.' : 'Discarded.');
        return 0;
      }),
    );
};
