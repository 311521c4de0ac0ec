import { z } from 'zod';
import { dataschema, recordKey } from '../cloudevents.ts';
import { type AnyDefinition, type ReadableVersion, versionsOf } from '../versions.ts';
import type { JsonSchema } from './json-schema.ts';

/** The contract of one version of an event: the JSON Schema of its data, and where it travels. */
export type Contract = JsonSchema & {
  readonly $id: string;
  readonly title: string;
  readonly 'x-version': number;
  readonly 'x-topic': string;
  /** The attribute of the envelope that is the key of the record. */
  readonly 'x-key': string;
  readonly 'x-publisher': string;
};

/** The contracts of events in all versions that this release can read. */
export const contractsOf = (definitions: readonly AnyDefinition[]): readonly Contract[] =>
  definitions.flatMap(versionsOf).map(contractOf);

const contractOf = ({ definition: { type, topic, publisher }, version, schema }: ReadableVersion): Contract => {
  // As it is published: what a default or a transformation makes of it is the reader's own business.
  const { $schema, ...data } = z.toJSONSchema(schema, { io: 'input', override: nameChecks });
  const place = { 'x-version': version, 'x-topic': topic, 'x-key': recordKey, 'x-publisher': publisher };
  // Through text, to be no more than a file can hold.
  return JSON.parse(JSON.stringify({ $schema, $id: dataschema(type, version), title: type, ...place, ...data }));
};

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** JSON Schema has no words for what `refine` checks, so that such checks are only named, by their messages. */
const nameChecks: Override = ({ zodSchema, jsonSchema }) => {
  const checks = (zodSchema._zod.def.checks ?? []).flatMap(({ _zod: { def } }) =>
    def.check === 'custom' ? messageOf(def) : [],
  );
  if (checks.length > 0) jsonSchema['x-checks'] = checks;
};

const messageOf = ({ error }: z.core.$ZodCheckDef): string => {
  const message = error?.({ code: 'custom', path: [], input: undefined } as never);
  return (typeof message === 'string' ? message : message?.message) ?? 'a check without a message';
};

/** The name of the file that holds a contract. */
export const fileOf = (contract: Contract): string => `${contract.title}.v${contract['x-version']}.json`;
