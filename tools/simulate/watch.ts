import type { OutboxRow } from '@quadrille/db/outbox';
import type { Service } from '@quadrille/services';
import { isFinal } from '@quadrille/services/order/rules';
import type { Order } from '@quadrille/services/order/schema';
import { order } from '@quadrille/services/order/store';
import type { Product } from '@quadrille/services/stock/schema';
import { stock } from '@quadrille/services/stock/store';
import type { Committed, Database } from './memory-storage.ts';
import { expectThat } from './violation.ts';

/** Everything that was said and done, and the promises that must hold at every single commit. */
export type Watch = {
  readonly committed: (service: Service, committed: Committed) => void;
  readonly published: (row: OutboxRow) => void;
  /** What the services said, by event id. */
  readonly said: ReadonlyMap<string, OutboxRow>;
  /** How often an event has taken effect in a service. */
  readonly effects: (service: Service, eventId: string) => number;
  readonly firstStock: number;
};

export const startWatch = (databases: Readonly<Record<Service, Database>>): Watch => {
  const said = new Map<string, OutboxRow>();
  const effects = new Map<string, number>();
  const causes = new Set<string>();
  const finals = new Map<string, Order>();
  /** By the first time that each event was in Kafka. */
  const places = new Map<string, number>();
  /** The latest place of what took effect, by service, topic and order. */
  const reached = new Map<string, number>();
  const pieces = () => databases.stock.rows<Product>(stock.state.product.rows);
  const total = () => pieces().reduce((sum, { available, reserved, sold }) => sum + available + reserved + sold, 0);
  const firstStock = total();

  const takesEffect = (service: Service, eventId: string) => {
    const event = said.get(eventId);
    // Nonsense that was parked under an id of its own.
    if (!event) return;
    const count = (effects.get(`${service} ${eventId}`) ?? 0) + 1;
    effects.set(`${service} ${eventId}`, count);
    expectThat(count === 1, () => `${service} took ${event.type} ${eventId} in twice`);
    const way = `${service} ${event.topic} ${event.correlationId}`;
    const place = places.get(eventId) ?? Number.POSITIVE_INFINITY;
    expectThat(
      place > (reached.get(way) ?? -1),
      () => `${service} took ${event.type} of order ${event.correlationId} in after a later event of it`,
    );
    reached.set(way, place);
  };

  return {
    said,
    firstStock,
    effects: (service, eventId) => effects.get(`${service} ${eventId}`) ?? 0,
    published: ({ id }) => {
      if (!places.has(id)) places.set(id, places.size);
    },
    committed: (service, { recorded, parked, traced, said: saidNow }) => {
      for (const row of saidNow) {
        said.set(row.id, row);
        const cause = `${service} ${row.type} ${row.causationId}`;
        if (row.causationId === null) continue;
        expectThat(!causes.has(cause), () => `${service} said ${row.type} twice because of ${row.causationId}`);
        causes.add(cause);
      }
      for (const { correlationId, seq, attempts } of parked)
        expectThat(
          attempts > 0 ||
            databases[service].parked().some((other) => other.correlationId === correlationId && other.seq < seq),
          () => `an event of order ${correlationId} was parked by ${service} behind nothing`,
        );
      const parkedIds = new Set(parked.map(({ eventId }) => eventId));
      for (const id of recorded) if (!parkedIds.has(id)) takesEffect(service, id);
      // A released event is in the inbox since it was parked, unless it could not be read then.
      if (recorded.length === 0)
        for (const { action, event } of traced) if (action === 'released') takesEffect(service, event.eventId);
      if (service === 'stock') {
        expectThat(total() === firstStock, () => `there are ${total()} pieces in place of ${firstStock}`);
        for (const piece of pieces())
          expectThat(
            Math.min(piece.available, piece.reserved, piece.sold) >= 0,
            () => `stock is ${JSON.stringify(piece)}`,
          );
      }
      if (service === 'order')
        for (const row of databases.order.rows<Order>(order.state.order.rows)) {
          const before = finals.get(row.orderId);
          if (before)
            expectThat(
              row === before,
              () => `order ${row.orderId} was ${before.status} for good, and is ${row.status}`,
            );
          if (isFinal(row)) finals.set(row.orderId, row);
        }
    },
  };
};
