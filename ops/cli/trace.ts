import type { Command } from 'commander';
import { type Trace, trace } from '../trace.ts';
import { print, printJson } from './output.ts';
import { toMermaid } from './trace-mermaid.ts';
import { describeTrace } from './trace-text.ts';
import { type ExitCode, examples, jsonOption, runVerb } from './verb.ts';

type Options = { json?: boolean; mermaid?: boolean; data?: boolean };

export const addTrace = (program: Command): void => {
  program
    .command('trace <order>')
    .description("An order's timeline across all services: events, latencies, compensations, and what it waits for")
    .option('--data', 'with the data of the events')
    .option('--mermaid', 'as a sequence diagram (https://mermaid.js.org)')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples([
        'npm run ops -- trace 0198c0de-0000-7000-8000-000000000000',
        'npm run ops -- trace 0198c0de-0000-7000-8000-000000000000 --mermaid > order.mmd',
      ]),
    )
    .action((order: string, options: Options) =>
      runVerb(options, async (cluster): Promise<ExitCode> => {
        const found = await trace(cluster, order);
        if (options.json) printJson(withFormerNames(found));
        else print(options.mermaid ? toMermaid(found) : describeTrace(found, options.data === true));
        return 0;
      }),
    );
};

/** The former names of `deliveries` and `parked`, for one more release. */
const withFormerNames = (found: Trace): object => ({
  ...found,
  events: found.events.map((event) => ({
    ...event,
    hearings: event.deliveries.map(({ parked, ...delivery }) => ({ ...delivery, setAside: parked })),
  })),
});
