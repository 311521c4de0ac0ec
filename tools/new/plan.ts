import { events } from '@quadrille/contracts/catalogue';
import type { Declared } from '@quadrille/contracts/event';
import { sagaOf } from '@quadrille/contracts/saga';
import { type Spellings, spellingsOf } from './names.ts';
import type { ServiceOptions } from './options.ts';

/** An event, the constant that holds its definition, and the module of contracts that exports it. */
export type EventRef = Spellings & { readonly module: string };

/** All that the templates need to know of a new service. */
export type ServicePlan = {
  readonly name: Spellings;
  /** What it waits for before it does its step. */
  readonly triggers: readonly EventRef[];
  /** The trigger that its step follows: the one that comes last in the saga. */
  readonly after: EventRef;
  readonly publishes: EventRef | null;
  readonly rejects: EventRef | null;
  readonly undoes: EventRef | null;
  /** After these it undoes its step. */
  readonly cancellations: readonly EventRef[];
  readonly http: boolean;
};

/** How many steps of the saga come before an event. */
const depthOf = ({ role }: Declared): number => (role.kind === 'forward' && role.after ? depthOf(role.after) + 1 : 0);

const declared = (type: string): Declared => {
  const found = events.find((event) => event.type === type);
  if (!found) throw new Error(`there is no event ${type}`);
  return found;
};

/** The name of the module is that of its topic. */
const moduleOf = (type: string): string => events.find((event) => event.type === type)?.topic ?? '';

const refTo = (type: string): EventRef => ({ ...spellingsOf(type), module: moduleOf(type) });

export const planService = (options: ServiceOptions): ServicePlan => {
  const { name, subscribes, publishes, rejects, undoes, http } = options;
  const own = (type: string | null): EventRef | null =>
    type === null ? null : { ...spellingsOf(type), module: `${name}-events` };
  const last = subscribes.map(declared).reduce((one, other) => (depthOf(other) > depthOf(one) ? other : one));
  const step: Declared = { type: publishes ?? '', publisher: name, role: { kind: 'forward', after: last } };
  return {
    name: spellingsOf(name),
    triggers: subscribes.map(refTo),
    after: refTo(last.type),
    publishes: own(publishes),
    rejects: own(rejects),
    undoes: own(undoes),
    cancellations:
      undoes === null
        ? []
        : sagaOf([...events, step])
            .undoneAfter(step)
            .map(refTo),
    http,
  };
};

/** Import lines for definitions of events, sorted by module, without repetition. */
export const importsOf = (refs: readonly EventRef[], from: (module: string) => string): string =>
  [...Map.groupBy(refs, ({ module }) => module)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([module, some]) => {
      const names = [...new Set(some.map(({ camel }) => camel))].sort();
      return `import { ${names.join(', ')} } from '${from(module)}';`;
    })
    .join('\n');

export const fromContracts = (module: string): string => `@quadrille/contracts/${module}`;
