import type { Order } from './schema.ts';

/** Told of an order's new state. */
type Watcher = (order: Order) => void;

export type Watch = {
  /** Calls back at every change of the order until the returned function is called. */
  readonly on: (orderId: string, watcher: Watcher) => () => void;
  readonly changed: (orders: Iterable<Order>) => void;
  /** The last state known of an order, if it is recent; another instance may have changed it since. */
  readonly lately: (orderId: string) => Order | undefined;
  readonly stop: () => void;
};

/** Orders remembered: most who wait for an order come right after it was placed, and need no look into the database. */
const remembered = 10_000;

/**
 * Orders changed by another instance of this service are looked up, all that are due in one statement: after a second, then after
 * two, four ... Under way, nearly all are answered from memory before the first look; a long wait costs next to nothing.
 */
const firstLook = 1_000;
const longestPause = 16_000;
const inOneLook = 1_000;

type Watched = { readonly watchers: Set<Watcher>; pause: number; due: number };

/**
 * Wakes those who wait for an order to change. Changes made by this process are answered at once, from memory.
 * @param read looks orders up by id
 */
export const createWatch = (read: (orderIds: readonly string[]) => Promise<Map<string, Order>>): Watch => {
  const watched = new Map<string, Watched>();

  const memory = new Map<string, Order>();
  const remember = (order: Order) => {
    // Put in anew, so that the first of the map is the one that has not changed for the longest time.
    memory.delete(order.orderId);
    memory.set(order.orderId, order);
    if (memory.size > remembered) for (const oldest of memory.keys()) return memory.delete(oldest);
  };

  const changed = (orders: Iterable<Order>) => {
    for (const order of orders) {
      // A look may answer after a commit that came later.
      if ((memory.get(order.orderId)?.version ?? 0) > order.version) continue;
      remember(order);
      for (const watcher of watched.get(order.orderId)?.watchers ?? []) watcher(order);
    }
  };

  const look = async () => {
    const now = performance.now();
    const due: string[] = [];
    for (const [orderId, entry] of watched) {
      if (entry.due > now) continue;
      due.push(orderId);
      entry.pause = Math.min(entry.pause * 2, longestPause);
      entry.due = now + entry.pause;
    }
    for (let from = 0; from < due.length; from += inOneLook)
      changed((await read(due.slice(from, from + inOneLook))).values());
  };
  // A look that fails is made good by the next.
  const timer = setInterval(() => void look().catch(() => {}), firstLook);

  return {
    on: (orderId, watcher) => {
      const entry = watched.get(orderId) ?? {
        watchers: new Set(),
        pause: firstLook,
        due: performance.now() + firstLook,
      };
      watched.set(orderId, entry);
      entry.watchers.add(watcher);
      return () => {
        entry.watchers.delete(watcher);
        if (entry.watchers.size === 0 && watched.get(orderId) === entry) watched.delete(orderId);
      };
    },
    changed,
    lately: (orderId) => memory.get(orderId),
    stop: () => clearInterval(timer),
  };
};
