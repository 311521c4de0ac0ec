import { alternativesOf, type JsonSchema, limitsOf, otherRulesOf, typeOf, valuesOf } from './json-schema.ts';

/**
 * A difference between a released schema and the one of today. Breaking is what one of two readers cannot live with: this release, which reads
 * events that were published years ago, or an older release, which reads events that are published today.
 */
export type Change = {
  readonly kind: 'breaking' | 'compatible';
  /** `reason.code`; empty: the data as a whole. */
  readonly field: string;
  /** What happened to it and whom that concerns, for a sentence about the field. */
  readonly what: string;
};

/** What has changed in a schema, field by field. */
export const compareSchemas = (before: JsonSchema, after: JsonSchema, field = ''): readonly Change[] => {
  const [befores, afters] = [alternativesOf(before), alternativesOf(after)];
  const [typesBefore, typesAfter] = [typesOf(befores), typesOf(afters)];
  if (typesBefore.join() !== typesAfter.join()) {
    const isLost = typesBefore.some((type) => !typesAfter.includes(type));
    const whom = isLost ? 'events that are kept have' : 'consumers of older releases only read';
    const types = `${typesAfter.join(' or ')} in place of ${typesBefore.join(' or ')}`;
    return [breaking(field, `has the type ${types}, but ${whom} the former type`)];
  }
  const isOneEach = typesBefore.length === befores.length && typesAfter.length === afters.length;
  if (!isOneEach) return compareAlternatives(befores, afters, field);
  return befores.flatMap((one) => compareOne(one, afters.find((other) => typeOf(other) === typeOf(one)) ?? one, field));
};

const typesOf = (schemas: readonly JsonSchema[]): readonly string[] => [...new Set(schemas.map(typeOf))].sort();

/** Several alternatives of the same type: which belongs to which is not known. */
const compareAlternatives = (
  befores: readonly JsonSchema[],
  afters: readonly JsonSchema[],
  field: string,
): readonly Change[] => {
  const isTaken = (one: JsonSchema, by: readonly JsonSchema[]) =>
    by.some((other) => compareOne(one, other, field).every(({ kind }) => kind === 'compatible'));
  return [
    ...befores.filter((one) => !isTaken(one, afters)).map((one) => narrowed(field, `no longer ${JSON.stringify(one)}`)),
    ...afters.filter((one) => !isTaken(one, befores)).map((one) => widened(field, `also ${JSON.stringify(one)}`)),
  ];
};

const compareOne = (before: JsonSchema, after: JsonSchema, field: string): readonly Change[] => [
  ...compareFields(before, after, field),
  ...(before.items || after.items ? compareSchemas(before.items ?? {}, after.items ?? {}, `${field}[]`) : []),
  ...compareValues(before, after, field),
  ...compareLimits(before, after, field),
  ...compareOtherRules(before, after, field),
];

const compareFields = (before: JsonSchema, after: JsonSchema, field: string): readonly Change[] => {
  const [old, now] = [before.properties ?? {}, after.properties ?? {}];
  const at = (name: string) => (field === '' ? name : `${field}.${name}`);
  const isNeeded = ({ required }: JsonSchema, name: string) => required?.includes(name) === true;
  const added = Object.entries(now).filter(([name]) => !(name in old));
  const gone = Object.entries(old).flatMap(([name, schema]) => {
    if (name in now) return [];
    const alike = added.find(([, other]) => compareSchemas(schema, other).length === 0)?.[0];
    const hint = alike === undefined ? '' : ` (perhaps it is now ${at(alike)})`;
    return breaking(at(name), `is gone${hint}, but consumers of older releases read it`);
  });
  const came = added.map(([name]) =>
    isNeeded(after, name)
      ? breaking(at(name), 'is new and required, but events that are kept do not have it')
      : compatible(at(name), 'is new and may be absent: consumers of older releases leave it out'),
  );
  const stayed = Object.entries(old).flatMap(([name, schema]) => {
    const other = now[name];
    if (!other) return [];
    const [was, is] = [isNeeded(before, name), isNeeded(after, name)];
    const presence =
      was === is
        ? []
        : [
            breaking(
              at(name),
              is
                ? 'is required now, but events that are kept may not have it'
                : 'may be absent now, but consumers of older releases need it',
            ),
          ];
    return [...presence, ...compareSchemas(schema, other, at(name))];
  });
  return [...gone, ...came, ...stayed];
};

const compareValues = (before: JsonSchema, after: JsonSchema, field: string): readonly Change[] => {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (!old && !now) return [];
  const list = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(', ');
  if (!old) return [narrowed(field, `only ${list(now ?? [])}`)];
  if (!now) return [widened(field, `not only ${list(old)}`)];
  const [lost, won] = [old.filter((value) => !now.includes(value)), now.filter((value) => !old.includes(value))];
  return [
    ...(lost.length > 0 ? [narrowed(field, `no longer ${list(lost)}`)] : []),
    ...(won.length > 0 ? [widened(field, `also ${list(won)}`)] : []),
  ];
};

const compareLimits = (before: JsonSchema, after: JsonSchema, field: string): readonly Change[] => {
  const now = limitsOf(after);
  return limitsOf(before).flatMap(({ what, least, most }, index) => {
    const other = now[index] ?? { least, most };
    const change = (old: number, to: number, word: string, isNarrower: boolean) => {
      if (old === to) return [];
      const values = `${what} ${Number.isFinite(to) ? `is at ${word} ${to}` : `has no limit at ${word}`}${Number.isFinite(old) ? `, before ${old}` : ''}`;
      return [isNarrower ? narrowed(field, values) : widened(field, values)];
    };
    return [
      ...change(least, other.least, 'least', other.least > least),
      ...change(most, other.most, 'most', other.most < most),
    ];
  });
};

const compareOtherRules = (before: JsonSchema, after: JsonSchema, field: string): readonly Change[] => {
  const [old, now] = [otherRulesOf(before), otherRulesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((keyword) => {
    const [was, is] = [old.get(keyword), now.get(keyword)];
    if (was === is) return [];
    if (was === undefined) return narrowed(field, `only what fits ${keyword} ${is}`);
    if (is === undefined) return widened(field, `not only what fits ${keyword} ${was}`);
    return breaking(
      field,
      `has ${keyword} ${is} in place of ${was}, and nobody can tell whether events that are kept fit`,
    );
  });
};

const breaking = (field: string, what: string): Change => ({ kind: 'breaking', field, what });
const compatible = (field: string, what: string): Change => ({ kind: 'compatible', field, what });

const narrowed = (field: string, how: string): Change =>
  breaking(field, `takes less (${how}), but events that are kept may have what it takes no more`);

const widened = (field: string, how: string): Change =>
  compatible(field, `takes more (${how}): older consumers park what they do not take, so that they are upgraded first`);
