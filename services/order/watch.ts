import type { Order } from './schema.ts';

/** Told of an order's new state; answers whether that is what it waited for. */
type Watcher = (order: Order) => void;

export type Watch = {
  /** Calls back at every change of the order until the returned function is called. */
  readonly on: (orderId: string, watcher: Watcher) => () => void;
  readonly changed: (orders: Iterable<Order>) => void;
  /** The last state told of an order, if that was lately; another instance may have changed it since. */
  readonly lately: (orderId: string) => Order | undefined;
  readonly stop: () => void;
};

/** Orders remembered: most who wait for an order come right after it was placed, and need no look into the database. */
const remembered = 10_000;

/** How often orders changed by another instance of this service are looked up, all watched ones in one statement. */
const lookEvery = 1_000;

/**
 * Wakes those who wait for an order to change. Changes made by this process are told at once, from memory; those of other instances
 * are found by one look for all, so that waiting clients cost the database nothing each.
 * @param read looks orders up by id
 */
export const createWatch = (read: (orderIds: readonly string[]) => Promise<Map<string, Order>>): Watch => {
  const watchers = new Map<string, Set<Watcher>>();
  let waitedOneRound = new Set<string>();

  const memory = new Map<string, Order>();
  const remember = (order: Order) => {
    // Put in anew, so that the first of the map is the one that has not changed for the longest time.
    memory.delete(order.orderId);
    memory.set(order.orderId, order);
    if (memory.size > remembered) for (const oldest of memory.keys()) return memory.delete(oldest);
  };

  const changed = (orders: Iterable<Order>) => {
    for (const order of orders) {
      remember(order);
      for (const watcher of watchers.get(order.orderId) ?? []) watcher(order);
    }
  };

  // Only those that have waited a whole round: under way, nearly all are told from memory before that.
  const look = async () => {
    const due = [...watchers.keys()].filter((orderId) => waitedOneRound.has(orderId));
    waitedOneRound = new Set(watchers.keys());
    if (due.length > 0) changed((await read(due)).values());
  };
  // A look that fails is made good by the next.
  const timer = setInterval(() => void look().catch(() => {}), lookEvery);

  return {
    on: (orderId, watcher) => {
      const set = watchers.get(orderId) ?? new Set();
      watchers.set(orderId, set.add(watcher));
      return () => {
        set.delete(watcher);
        if (set.size === 0) watchers.delete(orderId);
      };
    },
    changed,
    lately: (orderId) => memory.get(orderId),
    stop: () => clearInterval(timer),
  };
};
