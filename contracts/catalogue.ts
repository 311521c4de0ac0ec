import type { EventDefinition } from './event.ts';
import { modules } from './generated/events.ts';

/** Every event of the choreography. A new publisher adds a file `*-events.ts`; `npm run generate` finds it. */
export const events: readonly EventDefinition<string, unknown>[] = modules.flatMap(
  // The modules hold definitions of different data types; read back through `schema`, they are all checked as unknown.
  (module) => Object.values(module) as unknown as EventDefinition<string, unknown>[],
);

/** Topic names are permanent: renaming one starts an empty history. */
export const topics: readonly string[] = [...new Set(events.map((event) => event.topic))];

/** As many instances of a service can share its work. Fixed before launch: adding partitions later moves an order's events to another partition and breaks their order (R17). */
export const partitionsPerTopic = 6;
