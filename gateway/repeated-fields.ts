import type { FieldError } from '@quadrille/process/problem';

/**
 * Whether an object of a JSON text has a name twice. JSON.parse keeps the last of the two, another reader the first: which one did the
 * client mean? Outside of strings there is one colon for each field.
 * @param json what the text says, after JSON.parse
 */
export const hasRepeatedField = (text: string, json: unknown): boolean =>
  text.replace(anyString, '').split(':').length - 1 !== countFields(json);

const anyString = /"(?:[^"\\]|\\.)*"/g;

const countFields = (json: unknown): number => {
  if (typeof json !== 'object' || json === null) return 0;
  const own = Array.isArray(json) ? 0 : Object.keys(json).length;
  return Object.values(json).reduce((sum: number, value) => sum + countFields(value), own);
};

/** @param known the names of fields, in lower case: the name that an error gives */
export const repeatedFields = (text: string, known: ReadonlyMap<string, string>): FieldError[] => {
  const names = [...text.matchAll(/("(?:[^"\\]|\\.)*")\s*:/g)].map(([, name = '""']) => JSON.parse(name) as string);
  const fields = names.map((name) => known.get(name.toLowerCase()) ?? name);
  const repeated = new Set(fields.filter((field, index) => fields.indexOf(field) !== index));
  return [...repeated].map((field) => ({ field, message: 'is given more than once' }));
};
