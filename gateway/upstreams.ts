import type { Upstream } from './upstream.ts';

/** The services behind the public API, beside order. Each is found by its setting `NAME_URL`. */
export const upstreamNames = ['stock', 'coupon', 'pay'] as const;

export type Upstreams = Readonly<Record<(typeof upstreamNames)[number], Upstream>>;

/** Something for each of them. */
export const forEachUpstream = <Value>(make: (name: keyof Upstreams) => Value): Record<keyof Upstreams, Value> =>
  Object.fromEntries(upstreamNames.map((name) => [name, make(name)])) as Record<keyof Upstreams, Value>;
