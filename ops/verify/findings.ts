import { createHash } from 'node:crypto';
import { services } from '@quadrille/services';
import type { Author } from '../author.ts';
import type { FirstDivergence } from './first-divergence.ts';

/**
 * `divergence`: services do not agree about an order. `stuck`: an order does not move. `parked`: something waits for a person. `outbox`,
 * `inbox`: events that are not published, or not received. A service's name: its own tables do not agree with each other.
 */
export const findingKinds = ['divergence', 'stuck', 'parked', 'outbox', 'inbox', ...services] as const;
export type FindingKind = (typeof findingKinds)[number];

/** What an operator may accept as it is: the other kinds have verbs that repair them. */
export const acceptableKinds: ReadonlySet<FindingKind> = new Set(['divergence', 'stuck', ...services]);

export type NewFinding = {
  readonly kind: FindingKind;
  readonly what: string;
  readonly orderId?: string;
  /** Since when it has been so, as far as that is known. */
  readonly since?: string;
  /** The first event at which the services part. */
  readonly event?: FirstDivergence;
  /** What of it stays the same at the next check, where `what` tells of something that passes, such as its age. */
  readonly lasting?: string;
};

export type Finding = Omit<NewFinding, 'lasting'> & {
  /** The same at each check, as long as it is the same difference of the same amount. */
  readonly id: string;
};

/** A difference that an operator has accepted as it is. */
export type Accepted = Author & {
  /** Of the finding. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly orderId: string | null;
  readonly what: string;
  readonly acceptedAt: Date;
};

/** An accepted difference, as it was found again now. */
export type AcceptedFinding = Finding & Pick<Accepted, 'who' | 'why'> & { readonly acceptedAt: string };

/** Counts all findings and keeps the first ones: a system that is badly broken must not fill the memory. */
export type Findings = {
  readonly add: (finding: NewFinding) => void;
  readonly kept: () => readonly Finding[];
  readonly counts: () => Readonly<Partial<Record<FindingKind, number>>>;
  /** Those that count: the accepted ones do not. */
  readonly total: () => number;
  readonly accepted: () => readonly AcceptedFinding[];
  /** What was accepted, and is not found any more. */
  readonly outdated: () => readonly Accepted[];
};

/**
 * @param most findings that are kept of each kind
 * @param accepted by their ids
 */
export const createFindings = (most: number, accepted: ReadonlyMap<string, Accepted>): Findings => {
  const kept: Finding[] = [];
  const counts = new Map<FindingKind, number>();
  const found = new Map<string, AcceptedFinding>();
  return {
    add: (added) => {
      const { lasting: _, ...rest } = added;
      const finding = { ...rest, id: idOf(added) };
      const known = acceptableKinds.has(finding.kind) ? accepted.get(finding.id) : undefined;
      if (known) {
        const { who, why, acceptedAt } = known;
        found.set(finding.id, { ...finding, who, why, acceptedAt: acceptedAt.toISOString() });
        return;
      }
      const count = (counts.get(finding.kind) ?? 0) + 1;
      counts.set(finding.kind, count);
      if (count <= most) kept.push(finding);
    },
    kept: () => kept,
    counts: () => Object.fromEntries(counts),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    accepted: () => [...found.values()],
    outdated: () => [...accepted.values()].filter(({ id }) => !found.has(id)),
  };
};

const idOf = ({ kind, orderId = '', what, lasting = what }: NewFinding): string =>
  createHash('sha256')
    // The name that findings of this kind had when the first of them were accepted.
    .update(JSON.stringify([kind === 'divergence' ? 'books' : kind, orderId, lasting]))
    .digest('hex')
    .slice(0, 12);
