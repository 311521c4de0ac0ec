import { events } from '@quadrille/contracts/catalogue';
import type { EventOptions } from './event-options.ts';
import { spellingsOf } from './names.ts';

/** The constant of a publisher in its file of events: `const stock = publisherOf('stock', 'stock-events');` */
const publisherConstant = /^const (\w+) = publisherOf\(/m;

/** The place of the file of events of a service. */
export const eventsFileOf = (service: string): string =>
  `contracts/${events.find(({ publisher }) => publisher === service)?.topic}.ts`;

/** A file of events with one more. */
export const withEvent = (file: string, { type, by, role, of }: EventOptions): string => {
  const { camel, pascal } = spellingsOf(type);
  const other = events.find((event) => event.type === of);
  const reference = spellingsOf(of).camel;
  const publish = publisherConstant.exec(file)?.[1];
  if (!publish || !other)
    throw new Error(`${eventsFileOf(by)} is not as expected: it must have a line "const ${by} = publisherOf(...)"`);
  // A service rejects in one way: directly, where the others subscribe to it, or through the order service.
  const isDirect = events.some(({ publisher, role }) => publisher === by && role.kind === 'rejection' && !role.through);
  const roles = {
    after: { declared: `{ kind: 'forward', after: ${reference} }`, data: '{}', says: `It follows ${of}.` },
    insteadOf: {
      declared: `{ kind: 'rejection', insteadOf: ${reference}${isDirect ? '' : ", through: 'order'"} }`,
      data: '{ reason }',
      says: isDirect
        ? `${of} will not be.`
        : `${of} will not be. The order service cancels the order, and all services undo their parts.`,
    },
    undoes: {
      declared: `{ kind: 'compensation', undoes: ${reference} }`,
      data: '{ outcome: undone }',
      says: `${of} is undone, or there was nothing to undo.`,
    },
  };
  const { declared, data, says } = roles[role];
  const text = `${file.trimEnd()}

/** ${says} */
export const ${camel} = ${publish}('${type}', 1, ${declared}, z.object(${data}));
export type ${pascal} = EventOf<typeof ${camel}>;
`;
  const needed = { after: [], insteadOf: ['reason'], undoes: ['undone'] }[role];
  const withValues = needed.reduce((done, name) => withImport(done, name, './values.ts'), text);
  return other.publisher === by ? withValues : withImport(withValues, reference, `./${other.topic}.ts`);
};

/** A text that imports a name from a module, beside what it imports from there already. */
const withImport = (text: string, name: string, module: string): string => {
  const line = new RegExp(`^import \\{ (.*) \\} from '${module.replaceAll('.', '\\.')}';$`, 'm');
  const names = line.exec(text)?.[1]?.split(', ');
  if (names?.includes(name)) return text;
  if (names) return text.replace(line, `import { ${[...names, name].join(', ')} } from '${module}';`);
  return text.replace(/^import /m, `import { ${name} } from '${module}';\nimport `);
};
