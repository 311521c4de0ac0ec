import { parseArgs } from 'node:util';
import { UsageError } from '@quadrille/process/errors';
import { checkEvent, type EventOptions } from './event-options.ts';
import { type AnnouncerOptions, checkAnnouncer, checkService, type ServiceOptions } from './options.ts';

export const usage = `npm run new -- service NAME --subscribes EVENT[,EVENT] [options]   writes a new service
npm run new -- service NAME --announces EVENT                      writes a service that subscribes to nothing, and tells of things that are no orders
npm run new -- event EVENT --by SERVICE ROLE                       adds an event to a service
npm run new                                                        asks

  --subscribes EVENT[,EVENT]  the service does its step for an order once all of these have come
  --publishes EVENT           the event that tells of its step
  --rejects EVENT             the event by which it says that the order cannot be; the order service then cancels the order
  --undoes EVENT              the event by which it says that its step is undone, when the order is cancelled
  --http                      it answers HTTP calls of its own

The ROLE of a new event in the saga is one of
  --after EVENT               a step that follows another event
  --instead-of EVENT          the service says that its step EVENT will not be
  --undoes EVENT              the service has undone its step EVENT

Events are in the past tense: npm run new -- service gift --subscribes payment-succeeded --publishes gift-chosen`;

export type Wanted =
  | { readonly what: 'service'; readonly options: ServiceOptions }
  | { readonly what: 'announcer'; readonly options: AnnouncerOptions }
  | { readonly what: 'event'; readonly options: EventOptions }
  | { readonly what: 'help' | 'questions' };

/** @throws UsageError */
export const parseArguments = (args: readonly string[]): Wanted => {
  const { values, positionals } = parse(args);
  if (values.help) return { what: 'help' };
  const [what, name, ...more] = positionals;
  if (what === undefined) return { what: 'questions' };
  if (more.length > 0) throw new UsageError(`"${more.join(' ')}" is too much: npm run new -- ${what} takes one name.`);
  const refuse = (names: readonly (keyof typeof values)[]) => {
    const wrong = names.find((option) => values[option]);
    if (wrong) throw new UsageError(`--${wrong} does not go with "${what}": see npm run new -- --help.`);
  };
  switch (what) {
    case 'service': {
      if (name === undefined) throw new UsageError('The service needs a name: npm run new -- service logistics ...');
      refuse(['by', 'after', 'instead-of']);
      const { subscribes = '', publishes = null, rejects = null, undoes = null, announces, http } = values;
      if (announces !== undefined) {
        if (subscribes || publishes || rejects || undoes)
          throw new UsageError('--announces goes with no other event: such a service takes no part in the saga.');
        return { what: 'announcer', options: checkAnnouncer({ name, announces }) };
      }
      return {
        what,
        options: checkService({
          name,
          subscribes: subscribes.split(',').filter(Boolean),
          publishes,
          rejects,
          undoes,
          http,
        }),
      };
    }
    case 'event': {
      if (name === undefined) throw new UsageError('The event needs a name: npm run new -- event stock-counted ...');
      refuse(['subscribes', 'publishes', 'rejects', 'announces', 'http']);
      const { by, after, undoes, 'instead-of': insteadOf } = values;
      return { what, options: checkEvent({ type: name, by, after, insteadOf, undoes }) };
    }
    default:
      throw new UsageError(`"${what}" cannot be written: npm run new takes "service" or "event".`);
  }
};

const parse = (args: readonly string[]) => {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...{
          subscribes: text,
          publishes: text,
          rejects: text,
          undoes: text,
          announces: text,
          by: text,
          after: text,
          'instead-of': text,
        },
        http: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    const what = /^[^']*'[^']*'/.exec((error as Error).message)?.[0] ?? 'The arguments';
    throw new UsageError(`${what} cannot be understood: see npm run new -- --help.`);
  }
};
