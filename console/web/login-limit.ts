import { isIPv6 } from 'node:net';

export type LoginLimit = {
  /** How many seconds this name, from this address, has to wait before the next try; 0: none. */
  readonly waitFor: (name: string, address: string, now: number) => number;
  /** Counts a try as a failure until `succeeded` says otherwise. */
  readonly tried: (name: string, address: string, now: number) => void;
  /** @param triedAt the argument of `tried` */
  readonly succeeded: (name: string, address: string, triedAt: number) => void;
  /** How many names and addresses are remembered. */
  readonly size: () => number;
};

const window = 15 * 60_000;
/** Failures within the window: of one name from one address, and of one address. Beyond, it waits until the oldest is over. */
const bounds = { pair: 5, address: 20 };
const mostKeys = 10_000;

/** Slows down who guesses passwords. A name alone is not bounded, or anybody could lock anybody out. */
export const createLoginLimit = (): LoginLimit => {
  /** Those that failed last are last. */
  const failures = new Map<string, readonly number[]>();
  const recent = (key: string, now: number) => (failures.get(key) ?? []).filter((at) => at > now - window);
  const set = (key: string, times: readonly number[]) => {
    failures.delete(key);
    if (times.length > 0) failures.set(key, times);
    if (failures.size <= mostKeys) return;
    const [oldest] = failures.keys();
    if (oldest !== undefined) failures.delete(oldest);
  };
  const keysOf = (name: string, address: string) => {
    const network = networkOf(address);
    return { pair: `pair ${network} ${name}`, address: `address ${network}` } as const;
  };
  return {
    waitFor: (name, address, now) =>
      Math.max(
        ...Object.entries(keysOf(name, address)).map(([kind, key]) => {
          const times = recent(key, now);
          const oldest = times[times.length - bounds[kind as keyof typeof bounds]];
          return oldest === undefined ? 0 : Math.ceil((oldest + window - now) / 1_000);
        }),
      ),
    tried: (name, address, now) => {
      const keys = keysOf(name, address);
      set(keys.pair, [...recent(keys.pair, now), now].slice(-bounds.pair));
      set(keys.address, [...recent(keys.address, now), now].slice(-bounds.address));
    },
    succeeded: (name, address, triedAt) => {
      const keys = keysOf(name, address);
      failures.delete(keys.pair);
      const times = failures.get(keys.address) ?? [];
      set(keys.address, times.toSpliced(times.lastIndexOf(triedAt), times.includes(triedAt) ? 1 : 0));
    },
    size: () => failures.size,
  };
};

/** Who has an IPv6 address has a whole network of them, a /64 at least. */
const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
};
