import { newSignal, type Signal, type World } from './world.ts';

/** Who holds locks: a transaction. */
export type Holder = { readonly holds: Set<string>; waitsFor: string | null };

export type Locks = {
  /** Waits until nobody else holds it. @throws as MySQL does on a deadlock (1213) and when it takes too long (1205) */
  readonly acquire: (holder: Holder, name: string) => Promise<void>;
  readonly isHeldByOther: (holder: Holder, name: string) => boolean;
  readonly release: (holder: Holder, name: string) => void;
  readonly releaseAll: (holder: Holder) => void;
  readonly deadlocks: () => number;
};

const patience = 5_000;

const databaseError = (message: string, errno: number, sqlState: string): Error =>
  Object.assign(new Error(message), { errno, sqlState });

export const duplicateKey = (name: string): Error => databaseError(`duplicate entry ${name}`, 1062, '23000');

/** Row locks as InnoDB has them, without gaps (READ COMMITTED), and its search for circles of waiting transactions. */
export const createLocks = (world: World): Locks => {
  const holders = new Map<string, Holder>();
  const freed = new Map<string, Signal>();
  let deadlocks = 0;

  const isHeldByOther = (holder: Holder, name: string) => (holders.get(name) ?? holder) !== holder;

  const waitsInCircle = (holder: Holder, name: string): boolean => {
    for (let at: string | null = name; at !== null; ) {
      const next: Holder | undefined = holders.get(at);
      if (next === holder) return true;
      at = next?.waitsFor ?? null;
    }
    return false;
  };

  const release = (holder: Holder, name: string) => {
    if (holders.get(name) !== holder) return;
    holders.delete(name);
    holder.holds.delete(name);
    const signal = freed.get(name);
    if (signal) world.notify(signal);
  };

  return {
    acquire: async (holder, name) => {
      const until = world.now() + patience;
      while (isHeldByOther(holder, name)) {
        if (waitsInCircle(holder, name)) {
          deadlocks++;
          world.tell(() => `deadlock at ${name}`);
          throw databaseError('deadlock found', 1213, '40001');
        }
        if (world.now() >= until) throw databaseError('lock wait timeout exceeded', 1205, 'HY000');
        const signal = freed.get(name) ?? newSignal();
        freed.set(name, signal);
        holder.waitsFor = name;
        await world.wait(signal, until - world.now());
        holder.waitsFor = null;
      }
      holders.set(name, holder);
      holder.holds.add(name);
    },
    isHeldByOther,
    release,
    releaseAll: (holder) => {
      for (const name of [...holder.holds]) release(holder, name);
    },
    deadlocks: () => deadlocks,
  };
};
