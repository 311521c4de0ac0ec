import { UsageError } from '@quadrille/process/errors';

/** A name in the spellings that code and tables need. */
export type Spellings = {
  /** `stock-counted`, as in Kafka. */
  readonly kebab: string;
  /** `stockCounted`, a constant. */
  readonly camel: string;
  /** `StockCounted`, a type. */
  readonly pascal: string;
};

export const spellingsOf = (kebab: string): Spellings => {
  const camel = kebab.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { kebab, camel, pascal: camel.slice(0, 1).toUpperCase() + camel.slice(1) };
};

/** Users of databases, folders and processes that are there without being services, and words that JavaScript keeps for itself. */
const reserved = new Set(
  [
    [
      'relay',
      'gateway',
      'console',
      'ops',
      'admin',
      'root',
      'test',
      'quadrille',
      'mysql',
      'kafka',
      'setup',
      'list',
      'index',
    ],
    [
      'databases',
      'event',
      'saga',
      'catalogue',
      'values',
      'trace',
      'faults',
      'decide',
      'nothing',
      'state',
      'now',
      'reason',
    ],
    [
      'orders',
      'products',
      'coupons',
      'payments',
      'submit',
      'undone',
      'subscribes',
      'refuse',
      'await',
      'break',
      'case',
      'catch',
      'class',
      'const',
      'continue',
    ],
    ['debugger', 'default', 'delete', 'do', 'else', 'enum', 'export', 'extends', 'false', 'finally', 'for', 'function'],
    [
      'if',
      'implements',
      'import',
      'in',
      'instanceof',
      'interface',
      'let',
      'new',
      'null',
      'package',
      'private',
      'protected',
    ],
    [
      'public',
      'return',
      'static',
      'super',
      'switch',
      'this',
      'throw',
      'true',
      'try',
      'typeof',
      'undefined',
      'var',
      'void',
    ],
    ['while', 'with', 'yield', 'arguments', 'eval', 'async', 'of'],
  ].flat(),
);

/** As long as the column for the service that rejected an order takes. */
const longestService = 16;

/** @throws UsageError when no service can have this name */
export const checkServiceName = (name: string, taken: readonly string[]): string => {
  if (!/^[a-z][a-z0-9]*$/.test(name) || name.length > longestService)
    throw new UsageError(
      `"${name}" cannot name a service: take one word of 1 to ${longestService} small letters and digits, such as logistics.`,
    );
  if (taken.includes(name)) throw new UsageError(`There is a service ${name} already: take another name.`);
  if (reserved.has(name)) throw new UsageError(`"${name}" is reserved: take another name.`);
  return name;
};

/** @throws UsageError when no event can have this type */
export const checkEventType = (type: string, taken: readonly string[]): string => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(type) || type.length > 64)
    throw new UsageError(
      `"${type}" cannot name an event: say what happened in small letters, with hyphens between the words, such as parcel-sent.`,
    );
  if (taken.includes(type)) throw new UsageError(`There is an event ${type} already: take another name.`);
  return type;
};
