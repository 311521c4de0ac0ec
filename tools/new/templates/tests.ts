import { type EventRef, fromContracts, importsOf, type ServicePlan } from '../plan.ts';
import { statusesOf } from './parts.ts';

const says = (ref: EventRef | null, outcome?: string): string =>
  ref ? `, says ${ref.kebab}${outcome ? ` (${outcome})` : ''}` : '';

/** What becomes of an order in this status when the event comes, in the words of the test. */
const line = (plan: ServicePlan, status: string, event: EventRef): string => {
  const { triggers, publishes, undoes, cancellations } = plan;
  const isKnown = status !== 'no row' && status !== 'waiting';
  if (cancellations.includes(event)) {
    if (!isKnown) return `tombstone${says(undoes, 'nothing-to-undo')}`;
    return status === 'done' ? `undone${says(undoes, 'undone')}` : `says ${undoes?.kebab} (nothing-to-undo)`;
  }
  if (isKnown) return 'nothing';
  // The row that waits has the first of them.
  if (status === 'waiting' && event === triggers[0]) return 'nothing';
  const come = status === 'waiting' ? 2 : 1;
  return come < triggers.length ? 'waiting' : `done${says(publishes)}`;
};

const table = (plan: ServicePlan): string =>
  ['no row', ...statusesOf(plan)]
    .map((status) => {
      const cells = [...plan.triggers, ...plan.cancellations]
        .map((event) => `    '${event.kebab}': '${line(plan, status, event)}',`)
        .join('\n');
      return `  '${status}': {\n${cells}\n  },`;
    })
    .join('\n');

/** services/<name>/test/rules.test.ts */
export const rulesTestFile = (plan: ServicePlan): string => {
  const { name, triggers, rejects, undoes } = plan;
  const isJoin = triggers.length > 1;
  const seen = isJoin ? `seen: ['${triggers[0]?.kebab}'], ` : '';
  const ends = undoes ? "['undone', 'tombstone']" : "['done']";
  return `import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { everyWay, inWords, now, orderId, received, unlawful, waysThatBreak } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { decide, ${rejects ? 'decideWith, ' : ''}type ${name.pascal}State, type Received, subscribes } from '../rules.ts';
import type { ${name.pascal}Status } from '../schema.ts';

type Status = ${name.pascal}Status | 'no row';

const events = Object.fromEntries(
  subscribes.map((event) => [event.type, received(sampleOf(event))]),
) as Record<Received['type'], Received>;
const given = (status: Status): ${name.pascal}State => ({
  entry: status === 'no row' ? undefined : { orderId, ${seen}status, updatedAt: now },
});
const rule = (state: ${name.pascal}State, event: Received) => decide(state, event, now);

/** The lines of ${name.kebab} in the choreography: what becomes of an order in this status when this event comes, and what is published. */
const choreography: Record<Status, Record<Received['type'], string>> = {
${table(plan)}
};

describe('${name.kebab}, line by line', () => {
  for (const status of Object.keys(choreography) as Status[])
    it.each(Object.entries(choreography[status]))(\`\${status}: %s -> %s\`, (type, expected) => {
      const { state, emit } = rule(given(status), events[type as Received['type']]);
      expect(inWords(state?.entry?.status, emit)).toBe(expected);
      expect(unlawful('${name.kebab}', emit ?? [])).toEqual([]);
    });
});
${
  rejects
    ? `
describe('${name.kebab} refuses', () => {
  const reason = { code: 'some-code', message: 'some reason', step: '${name.kebab}' } as const;

  it('and remembers it', () => {
    const state = given('${isJoin ? 'waiting' : 'no row'}');
    const { state: after, emit = [] } = decideWith(() => reason)(state, events['${(isJoin ? triggers[1] : triggers[0])?.kebab}'], now);
    expect(inWords(after?.entry?.status, emit)).toBe('${triggers.length > 2 ? 'waiting' : `rejected, says ${rejects.kebab}`}');
    expect(unlawful('${name.kebab}', emit)).toEqual([]);
  });
});
`
    : ''
}
describe('${name.kebab}, whatever order the topics deliver in', () => {
  it('comes to the same end', () => {
    const steps = everyWay(rule, given('no row'), Object.values(events));
    const ends: readonly (string | undefined)[] = ${ends};
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || ends.includes(after.entry?.status))).toEqual([]);
  });
});
`;
};

/** services/<name>/test/store.int.test.ts */
export const storeTestFile = ({
  name,
  triggers,
  publishes,
}: ServicePlan): string => `import { randomUUID } from 'node:crypto';
${importsOf(triggers, fromContracts)}
import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { arrive } from '@quadrille/participant/arrival';
import { applyForCertain } from '@quadrille/participant/resilient';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationOf } from '../../../test/support/application.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { ${publishes ? 'saidOf' : 'sizesOf'} } from '../../../test/support/stock.ts';
import { ${name.camel}, ${name.camel}OrderRows } from '../store.ts';

describe('${name.kebab} on a database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('${name.kebab}');
  });
  afterAll(() => scratch?.drop());

  it('does its step once, however often the events come', async () => {
    const orderId = randomUUID();
    const events = [${triggers.map(({ camel }) => `received(orderId, sampleOf(${camel}))`).join(', ')}];
    const deliver = () =>
      applyForCertain(
        applicationOf(${name.camel}, scratch.pool),
        events.map((event) => arrive(${name.camel}, recordOf(event))),
      );
    await deliver();
    await deliver();
    expect(await ${name.camel}OrderRows.read(scratch.pool, [orderId])).toMatchObject([{ orderId, status: 'done' }]);
    ${publishes ? `expect(await saidOf(scratch.pool)).toEqual({ [orderId]: ['${publishes.kebab}'] });` : `expect(await sizesOf(scratch.pool)).toMatchObject({ inbox: ${triggers.length}, outbox: 0 });`}
  });
});
`;
