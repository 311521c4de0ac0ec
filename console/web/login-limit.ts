export type LoginLimit = {
  /** How many seconds this name, from this address, has to wait before the next try; 0: none. */
  readonly waitFor: (name: string, address: string, now: number) => number;
  readonly failed: (name: string, address: string, now: number) => void;
  readonly succeeded: (name: string, address: string) => void;
};

const window = 15 * 60_000;
/** Failures within the window: of one name from one address, and of one address. Beyond, it waits until the oldest is over. */
const bounds = { pair: 5, address: 20 };
const mostKeys = 10_000;

/** Slows down who guesses passwords. A name alone is not bounded, or anybody could lock anybody out. */
export const createLoginLimit = (): LoginLimit => {
  const failures = new Map<string, number[]>();
  const recent = (key: string, now: number) => {
    const times = (failures.get(key) ?? []).filter((at) => at > now - window);
    if (times.length > 0) failures.set(key, times);
    else failures.delete(key);
    return times;
  };
  const keysOf = (name: string, address: string): [string, number][] => [
    [`pair ${address} ${name}`, bounds.pair],
    [`address ${address}`, bounds.address],
  ];
  return {
    waitFor: (name, address, now) =>
      Math.max(
        ...keysOf(name, address).map(([key, bound]) => {
          const times = recent(key, now);
          const oldest = times[times.length - bound];
          return oldest === undefined ? 0 : Math.ceil((oldest + window - now) / 1_000);
        }),
      ),
    failed: (name, address, now) => {
      if (failures.size > mostKeys) for (const key of [...failures.keys()]) recent(key, now);
      for (const [key] of keysOf(name, address)) failures.set(key, [...recent(key, now), now]);
    },
    succeeded: (name, address) => {
      failures.delete(`pair ${address} ${name}`);
    },
  };
};
