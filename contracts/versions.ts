import type { z } from 'zod';
import type { EventDefinition } from './event.ts';

/** A definition for reading: of any event, whatever its data. */
export type AnyDefinition = Omit<EventDefinition<string, unknown>, 'of'>;

/** A version of an event that this release can read. */
export type ReadableVersion = {
  readonly definition: AnyDefinition;
  readonly version: number;
  /** What it is published by, or was. */
  readonly schema: z.ZodType;
  /** Checks data of this version, and makes them those of the newest. */
  readonly read: (data: unknown) => z.ZodSafeParseResult<unknown>;
};

/** All versions of an event, the oldest first. */
export const versionsOf = (definition: AnyDefinition): readonly ReadableVersion[] => {
  const { version, schema, older } = definition;
  const upcasts = Object.values(older).map(({ upcast }) => upcast);
  const before = Object.values(older).map((each, index): ReadableVersion => {
    const read: ReadableVersion['read'] = (data) => {
      const parsed = each.schema.safeParse(data);
      if (!parsed.success) return parsed;
      // The newest schema has the last word: a rule must never see what an upcaster got wrong.
      return schema.safeParse(upcasts.slice(index).reduce((value, upcast) => upcast(value), parsed.data));
    };
    return { definition, version: index + 1, schema: each.schema, read };
  });
  return [...before, { definition, version, schema, read: (data) => schema.safeParse(data) }];
};
