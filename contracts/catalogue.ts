import * as coupon from './coupon-events.ts';
import type { EventDefinition } from './event.ts';
import * as order from './order-events.ts';
import * as payment from './payment-events.ts';
import * as stock from './stock-events.ts';

/** Every event of the choreography. A new publisher adds its file of events here. */
export const events: readonly EventDefinition<string, unknown>[] = [order, stock, coupon, payment].flatMap(
  // The modules hold definitions of different data types; read back through `schema`, they are all checked as unknown.
  (publisher) => Object.values(publisher) as unknown as EventDefinition<string, unknown>[],
);

/** Topic names are permanent: renaming one starts an empty history. */
export const topics: readonly string[] = [...new Set(events.map((event) => event.topic))];

/** As many instances of a service can share its work. Fixed before launch: adding partitions later moves an order's events to another partition and breaks their order (R17). */
export const partitionsPerTopic = 6;
