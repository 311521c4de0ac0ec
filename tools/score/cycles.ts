import type { Edge } from '@quadrille/ops/score/score';

/** An event that a service received; the edge leads to the next event of the cycle. */
type Caused = Edge & { readonly received: string };

/** The ways on which an event leads to itself, each once, whichever of its events it is entered at. */
export const cyclesIn = (edges: readonly Edge[]): readonly (readonly Caused[])[] => {
  const caused = edges.filter((edge): edge is Caused => edge.received !== null);
  const found: (readonly Caused[])[] = [];
  const done = new Set<string>();
  const follow = (type: string, way: readonly Caused[]): void => {
    const start = way.findIndex(({ received }) => received === type);
    if (start >= 0) return void found.push(way.slice(start));
    // From here every way has been followed before.
    if (done.has(type)) return;
    for (const edge of caused) if (edge.received === type) follow(edge.published, [...way, edge]);
    done.add(type);
  };
  for (const { received } of caused) follow(received, []);
  return found;
};
