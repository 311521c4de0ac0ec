import { importsOf, type ServicePlan } from '../plan.ts';

/** contracts/<name>-events.ts; null: the service publishes nothing. */
export const contractFile = (plan: ServicePlan): string | null => {
  const { name, publishes, rejects, undoes, after } = plan;
  if (!publishes) return null;
  const values = [rejects && 'reason', undoes && 'undone'].filter(Boolean);
  const event = (ref: { camel: string; kebab: string; pascal: string }, says: string, role: string, data: string) => `
/** ${says} */
export const ${ref.camel} = ${name.camel}('${ref.kebab}', 1, ${role}, z.object(${data}));
export type ${ref.pascal} = EventOf<typeof ${ref.camel}>;
`;
  return `import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
${importsOf([after], (module) => `./${module}.ts`)}
${values.length > 0 ? `import { ${values.join(', ')} } from './values.ts';\n` : ''}
const ${name.camel} = publisherOf('${name.kebab}', '${name.kebab}-events');
${event(publishes, `The service ${name.kebab} has done its step for the order.`, `{ kind: 'forward', after: ${after.camel}${rejects ? (undoes ? '' : ", undo: 'nothing'") : ", for: 'people'"} }`, '{}')}${
  rejects
    ? event(
        rejects,
        'The step will not be. The order service cancels the order, and all services undo their parts.',
        `{ kind: 'rejection', insteadOf: ${publishes.camel}, through: 'order' }`,
        '{ reason }',
      )
    : ''
}${
  undoes
    ? event(
        undoes,
        'The answer to a cancellation, also when there was nothing to undo.',
        `{ kind: 'compensation', undoes: ${publishes.camel} }`,
        '{ outcome: undone }',
      )
    : ''
}`;
};
