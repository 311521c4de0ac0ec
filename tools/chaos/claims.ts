/** How many instances of a service say that they are ready, and how many members its group has. */
export type Claim = { readonly ready: number; readonly members: number };

/**
 * Judges what processes say of themselves by what others see of them. Times are in ms, of any one clock.
 * @param patience how long (ms) a process may say that it is ready while it cannot do its work: until then it may not know
 */
export const judgeClaims = (patience: number) => {
  const wrong = new Set<string>();
  const fewerSince = new Map<string, number>();
  let allReadySince: number | null = null;
  return {
    /** @param claims by service; null: Kafka or the database did not answer, so nobody knows */
    look: (now: number, allReady: boolean, claims: Readonly<Record<string, Claim>> | null): void => {
      allReadySince = allReady ? (allReadySince ?? now) : null;
      for (const [service, { ready, members }] of Object.entries(claims ?? {})) {
        if (members >= ready) {
          fewerSince.delete(service);
          continue;
        }
        const since = fewerSince.get(service) ?? now;
        fewerSince.set(service, since);
        if (now - since > patience)
          wrong.add(
            `${service}: for more than ${patience / 1000} s instances said that they were ready and were in no group`,
          );
      }
    },
    /** @param since when somebody began to try, everything that was wrong being over */
    orderWentThrough: (now: number, since: number): void => {
      const waited = now - Math.max(since, allReadySince ?? now);
      if (waited > patience)
        wrong.add(
          `for ${(waited / 1000).toFixed(0)} s all processes said that they were ready, and no order went through`,
        );
    },
    violations: (): readonly string[] => [...wrong],
  };
};
