/** A JSON Schema, as zod makes them. */
export type JsonSchema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly [keyword: string]: unknown;
};

/** The schemas of which a value has to fit one. What is demanded beside them is demanded in each. */
export const alternativesOf = ({ anyOf, ...outer }: JsonSchema): readonly JsonSchema[] =>
  anyOf?.flatMap((inner) => alternativesOf(within(outer, inner))) ?? [outer];

const checks = 'x-checks';
const within = (outer: JsonSchema, inner: JsonSchema): JsonSchema => ({
  ...outer,
  ...inner,
  ...(checks in outer && checks in inner ? { [checks]: [outer[checks], inner[checks]] } : {}),
});

/** The type of one alternative. A constant that is a whole number is an integer: zod calls it a number. */
export const typeOf = (schema: JsonSchema): string =>
  Number.isInteger(schema.const) ? 'integer' : String(schema.type ?? 'anything');

/** The values that are listed one by one; undefined: none are. */
export const valuesOf = (schema: JsonSchema): readonly unknown[] | undefined =>
  'const' in schema ? [schema.const] : schema.enum;

/** A limit from below of a schema, and one from above; infinite: there is none. */
export type Limits = { readonly what: string; readonly least: number; readonly most: number };

/** All limits of one alternative. */
export const limitsOf = (schema: JsonSchema): readonly Limits[] => {
  const of = (keyword: string, otherwise: number): number => Number(schema[keyword] ?? otherwise);
  // Between whole numbers "more than 0" is "1 or more".
  const [above, below] =
    typeOf(schema) === 'integer' ? [of('exclusiveMinimum', -Infinity) + 1, of('exclusiveMaximum', Infinity) - 1] : [];
  return [
    {
      what: 'the value',
      least: Math.max(of('minimum', -Infinity), above ?? -Infinity),
      most: Math.min(of('maximum', Infinity), below ?? Infinity),
    },
    { what: 'the length', least: of('minLength', -Infinity), most: of('maxLength', Infinity) },
    { what: 'the number of items', least: of('minItems', -Infinity), most: of('maxItems', Infinity) },
  ];
};

/** Words for people, which no value has to fit. */
const words = ['$schema', '$id', '$comment', 'title', 'description', 'examples', 'example', 'deprecated'];
const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];
const compared = ['type', 'properties', 'required', 'items', 'anyOf', 'enum', 'const', ...limits];
/** Written by contractOf, and compared beside the data. */
const place = ['x-version', 'x-topic', 'x-key', 'x-publisher'];

/** The rules of a schema that none of the above reads, by their keywords. Of these only equal ones can be told to be the same. */
export const otherRulesOf = (schema: JsonSchema): ReadonlyMap<string, string> => {
  const wholeNumbers = typeOf(schema) === 'integer' ? ['exclusiveMinimum', 'exclusiveMaximum'] : [];
  const known = new Set([...words, ...compared, ...place, ...wholeNumbers]);
  return new Map(
    Object.entries(schema).flatMap(([keyword, rule]) =>
      known.has(keyword) || rule === undefined ? [] : [[keyword, JSON.stringify(rule)] as const],
    ),
  );
};
