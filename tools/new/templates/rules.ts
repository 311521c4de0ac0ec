import { fromContracts, importsOf, type ServicePlan } from '../plan.ts';

const stateOf = ({
  name,
  triggers,
}: ServicePlan): string => `export type ${name.pascal}State = { readonly entry: ${name.pascal}Order | undefined };
${
  triggers.length > 1
    ? `
/** The step is done once all of these have come, in whatever order. */
const awaited = [${triggers.map(({ kebab }) => `'${kebab}'`).join(', ')}];
`
    : ''
}`;

const dispatch = ({ name, triggers, cancellations, rejects }: ServicePlan): string => {
  const refuse = rejects ? 'refuse, ' : '';
  const cases = [
    ...triggers.map(({ kebab }) => `    case '${kebab}':`),
    `      return act(${refuse}state, event, now);`,
    ...cancellations.map(({ kebab }) => `    case '${kebab}':`),
    ...(cancellations.length > 0 ? ['      return undo(state, event.correlationId, now);'] : []),
  ].join('\n');
  const types = `(state: ${name.pascal}State, event: Received, now: Date): Decision<${name.pascal}State>`;
  const body = `{
  switch (event.type) {
${cases}
  }
};`;
  if (!rejects) return `export const decide = ${types} => ${body}`;
  return `/** Why the order cannot be; null: it can. */
export type Refuse = (event: Received) => Reason | null;

export const decideWith = (refuse: Refuse) => ${types} => ${body}

/** Write here what ${name.kebab} refuses, with a code for machines and a sentence for people. As it is, it refuses nothing. */
const refuse: Refuse = () => null;

export const decide = decideWith(refuse);`;
};

const act = (plan: ServicePlan): string => {
  const { name, triggers, publishes, rejects } = plan;
  const isJoin = triggers.length > 1;
  const seen = isJoin ? 'seen, ' : '';
  const row = (status: string) => `{ orderId: event.correlationId, ${seen}status: '${status}', updatedAt: now }`;
  const start = isJoin
    ? `  if (entry && (entry.status !== 'waiting' || entry.seen.includes(event.type))) return nothing;
  const seen = [...(entry?.seen ?? []), event.type];
  if (!awaited.every((type) => seen.includes(type))) return { state: { entry: ${row('waiting')} } };
`
    : '  if (entry) return nothing;\n';
  const refusal = rejects
    ? `  const reason = refuse(event);
  if (reason)
    return { state: { entry: ${row('rejected')} }, emit: [${rejects.camel}.of({ reason })] };
`
    : '';
  return `/** Does the step of ${name.kebab} for an order, once. An order that is known already, even only as a tombstone, is left alone. */
const act = (${rejects ? 'refuse: Refuse, ' : ''}{ entry }: ${name.pascal}State, event: Received, now: Date): Decision<${name.pascal}State> => {
${start}${refusal}  return { state: { entry: ${row('done')} }${publishes ? `, emit: [${publishes.camel}.of({})]` : ''} };
};`;
};

const undo = ({ name, triggers, undoes }: ServicePlan): string => {
  if (!undoes) return '';
  const isJoin = triggers.length > 1;
  const unknown = isJoin ? "!entry || entry.status === 'waiting'" : '!entry';
  return `
/** Undoes what was done for this order, and answers in any case. An order not received yet leaves a tombstone. */
const undo = ({ entry }: ${name.pascal}State, orderId: string, now: Date): Decision<${name.pascal}State> => {
  if (${unknown}) {
    const tombstone = { orderId, ${isJoin ? 'seen: [], ' : ''}status: 'tombstone', updatedAt: now } as const;
    return { state: { entry: tombstone }, emit: [${undoes.camel}.of({ outcome: 'nothing-to-undo' })] };
  }
  if (entry.status !== 'done') return { emit: [${undoes.camel}.of({ outcome: 'nothing-to-undo' })] };
  return {
    state: { entry: { ...entry, status: 'undone', updatedAt: now } },
    emit: [${undoes.camel}.of({ outcome: 'undone' })],
  };
};
`;
};

/** services/<name>/rules.ts */
export const rulesFile = (plan: ServicePlan): string => {
  const { name, triggers, publishes, rejects, undoes, cancellations } = plan;
  const subscribed = [...triggers, ...cancellations];
  const own = [publishes, rejects, undoes].filter((ref) => ref !== null);
  return `import type { EventOf } from '@quadrille/contracts/event';
${importsOf([...subscribed, ...own], fromContracts)}
${rejects ? "import type { Reason } from '@quadrille/contracts/values';\n" : ''}import { type Decision, nothing } from '@quadrille/participant/decide';
import type { ${name.pascal}Order } from './schema.ts';

${stateOf(plan)}
export const subscribes = [${subscribed.map(({ camel }) => camel).join(', ')}];
export type Received = EventOf<(typeof subscribes)[number]>;

${dispatch(plan)}

${act(plan)}
${undo(plan)}`;
};
