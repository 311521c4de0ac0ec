import { type Change, compareSchemas } from './compare-schemas.ts';
import type { Contract } from './schemas.ts';

/** One sentence that says what changed, why that breaks something or not, and what to do. */
export type Finding = { readonly kind: Change['kind']; readonly text: string };

/** Compares the contracts of today with the released ones. */
export const compareContracts = (released: readonly Contract[], current: readonly Contract[]): readonly Finding[] => [
  ...released.flatMap((before) => {
    const after = current.find(({ $id }) => $id === before.$id);
    return after ? compareVersion(before, after, newestOf(after, current)) : [lost(before, current)];
  }),
  ...current
    .filter(({ $id }) => !released.some((before) => before.$id === $id))
    .map((contract) => added(contract, released)),
];

const nameOf = (contract: Contract): string => `${contract.title} version ${contract['x-version']}`;

const newestOf = ({ title }: Contract, contracts: readonly Contract[]): number =>
  Math.max(...contracts.filter((other) => other.title === title).map((other) => other['x-version']));

const compareVersion = (before: Contract, after: Contract, newest: number): readonly Finding[] => {
  const name = nameOf(before);
  const version = before['x-version'];
  const todo =
    version === newest
      ? `leave version ${version} as it was and make the change in a version ${version + 1}, with an upcaster from version ${version}`
      : `nobody publishes version ${version} any more, so give it its former schema back`;
  const data = compareSchemas(before, after).map(({ kind, field, what }): Finding => {
    const subject = field === '' ? 'its data' : `the field ${field}`;
    const advice = kind === 'breaking' ? todo : 'no new version is needed';
    return { kind, text: `${name}: ${subject} ${what}; ${advice}.` };
  });
  return [...comparePlace(before, after), ...data];
};

/** Topic, key and publisher are the same for all versions and for ever: here no new version helps. */
const comparePlace = (before: Contract, after: Contract): readonly Finding[] => {
  const changed = (keyword: 'x-topic' | 'x-key' | 'x-publisher', because: string): readonly Finding[] => {
    const [was, is] = [before[keyword], after[keyword]];
    const what = `its ${keyword.slice(2)} is ${is} in place of ${was}`;
    const todo = `give it its ${keyword.slice(2)} back, or publish an event of a new type`;
    return was === is ? [] : [{ kind: 'breaking', text: `${nameOf(before)}: ${what}, but ${because}; ${todo}.` }];
  };
  return [
    ...changed('x-topic', 'consumers of older releases look for it there, and events that are kept stay there'),
    ...changed('x-key', 'the key decides the partition, and so the order of the events of one order'),
    ...changed('x-publisher', 'consumers of all releases take an event of another publisher for a forgery'),
  ];
};

const lost = (contract: Contract, current: readonly Contract[]): Finding => {
  const { title } = contract;
  const isKnown = current.some((other) => other.title === title);
  const todo = isKnown
    ? 'declare it again as an older version with its upcaster'
    : 'declare it again, and a renamed event as a new type beside it';
  const text = `${nameOf(contract)}: it cannot be read any more, but such events are kept and a replay needs them; ${todo}.`;
  return { kind: 'breaking', text };
};

const added = (contract: Contract, released: readonly Contract[]): Finding => {
  const isKnown = released.some(({ title }) => title === contract.title);
  const text = isKnown
    ? `${nameOf(contract)}: it is a new version, which consumers of older releases park; upgrade them before its publisher.`
    : `${nameOf(contract)}: it is a new event, which consumers of older releases pass over; nothing is to be done for them.`;
  return { kind: 'compatible', text };
};
