import type { Parting } from './parting.ts';

/**
 * `books`: what services keep does not agree. `stuck`: an order does not move. `parked`: something waits for a person. `stock`, `coupon`: their
 * own books. `outbox`, `inbox`: events that nobody publishes, or takes in.
 */
export const findingKinds = ['books', 'stuck', 'parked', 'stock', 'coupon', 'outbox', 'inbox'] as const;
export type FindingKind = (typeof findingKinds)[number];

export type Finding = {
  readonly kind: FindingKind;
  readonly what: string;
  readonly orderId?: string;
  /** Since when it has been so, as far as that can be told. */
  readonly since?: string;
  /** The first event where the books part. */
  readonly event?: Parting;
};

/** Counts all findings and keeps the first ones: a system that is badly broken must not fill the memory. */
export type Findings = {
  readonly add: (finding: Finding) => void;
  readonly kept: () => readonly Finding[];
  readonly counts: () => Readonly<Partial<Record<FindingKind, number>>>;
  readonly total: () => number;
};

/** @param most findings that are kept of each kind */
export const createFindings = (most: number): Findings => {
  const kept: Finding[] = [];
  const counts = new Map<FindingKind, number>();
  return {
    add: (finding) => {
      const count = (counts.get(finding.kind) ?? 0) + 1;
      counts.set(finding.kind, count);
      if (count <= most) kept.push(finding);
    },
    kept: () => kept,
    counts: () => Object.fromEntries(counts),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
};
