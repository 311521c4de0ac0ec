import type { OrderView } from '@quadrille/contracts/orders-http';
import type { KeptRow, PerOrder } from '@quadrille/participant/per-order';
import { definitionOf, type Service, services } from '@quadrille/services';
import type { Order } from '@quadrille/services/order/schema';
import { toView } from '@quadrille/services/order/view';
import type { Queryable } from './select.ts';

/** What each service keeps of an order. */
export type Kept = Readonly<Partial<Record<Service, KeptRow>>>;

/** The services that keep a row of each order, with how to read and judge it. */
export const keepers: readonly { readonly service: Service; readonly perOrder: PerOrder }[] = services.flatMap(
  (service) => {
    const { perOrder } = definitionOf(service);
    return perOrder ? { service, perOrder } : [];
  },
);

/** What the services keep of some orders. */
export const readKept = async (
  read: Readonly<Record<Service, Queryable>>,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Kept>> => {
  const kept = new Map(orderIds.map((id): [string, Partial<Record<Service, KeptRow>>] => [id, {}]));
  await Promise.all(
    keepers.map(async ({ service, perOrder }) => {
      for (const row of await perOrder.rows.read(read[service], orderIds)) {
        const ofOrder = kept.get(row.orderId);
        if (ofOrder) ofOrder[service] = row;
      }
    }),
  );
  return kept;
};

/** The order as customers see it; null: the order service does not know it. */
export const orderOf = ({ order }: Kept): OrderView | null => (order ? toView(order as Order) : null);
