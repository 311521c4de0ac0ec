import { z } from 'zod';
import type { NewEvent } from '../event.ts';

type Schema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

const sample = (schema: Schema): unknown => {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return sample(schema.anyOf[0]);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {})]));
    case 'integer':
    case 'number':
      return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
    case 'string':
      if (schema.format === 'uuid') return '01990000-0000-7000-8000-0000000000aa';
      return schema.format === 'date-time' ? '2026-01-01T00:00:00.000Z' : 'some text';
    case 'boolean':
      return true;
    case 'array':
      return [];
    default:
      return null;
  }
};

/** An event of this kind with the smallest data that its contract allows, for tests to which the data does not matter. */
export const sampleOf = <Definition extends { schema: z.ZodType; of: (data: never) => NewEvent }>({
  schema,
  of,
}: Definition): ReturnType<Definition['of']> =>
  of(sample(z.toJSONSchema(schema) as Schema) as never) as ReturnType<Definition['of']>;
