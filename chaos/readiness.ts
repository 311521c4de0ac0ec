import { setTimeout as sleep } from 'node:timers/promises';
import { lag } from '@quadrille/ops/lag';
import type { System } from './system.ts';

/** How long (ms) a process may say that it is ready while it cannot do its work: until then it may not know. */
const patience = 30_000;
const every = 1_000;
/** How long (ms) everything may take, at the end, until all is as it was before the first fault. */
const atLast = 90_000;

export type Readiness = {
  /** An order went through, which had been tried since then (ms, of performance.now). */
  readonly orderWentThrough: (since: number) => void;
  /** Waits, after the last fault, for all processes to be ready and all members to be in their groups. */
  readonly recovered: () => Promise<void>;
  /** What was said to be ready and was not. */
  readonly violations: () => readonly string[];
  readonly stop: () => Promise<void>;
};

type Look = { readonly ready: number; readonly members: number };

/** Compares what processes say of themselves with what Kafka and customers see of them. */
export const watchReadiness = (system: System): Readiness => {
  const asked = system.instances.filter(({ name }) => name !== 'gateway');
  const wrong = new Set<string>();
  const fewerSince = new Map<string, number>();
  let allReadySince: number | null = null;
  let looks: Readonly<Record<string, Look>> | null = null;
  let stopped = false;

  const look = async () => {
    const said = await Promise.all(asked.map(async ({ name, saysReady }) => ({ name, ready: await saysReady() })));
    if (said.every(({ ready }) => ready)) allReadySince ??= performance.now();
    else allReadySince = null;
    // No answer: Kafka or the database is the one that is away.
    const answer = await Promise.race([lag(system.site, 60_000).catch(() => null), sleep(5_000, null)]);
    looks = answer && {
      ...Object.fromEntries(
        answer.services.map(({ service, consumer }): [string, Look] => [
          service,
          { ready: said.filter(({ name, ready }) => name === service && ready).length, members: consumer.members },
        ]),
      ),
    };
    for (const [service, { ready, members }] of Object.entries(looks ?? {})) {
      if (members >= ready) fewerSince.delete(service);
      const since = fewerSince.get(service) ?? performance.now();
      if (members < ready) fewerSince.set(service, since);
      if (performance.now() - since > patience)
        wrong.add(
          `for ${patience / 1000} s ${ready} instances of ${service} said that they were ready, and its group had ${members}`,
        );
    }
  };
  const watch = async () => {
    while (!stopped) {
      await look();
      await sleep(every);
    }
  };
  const watching = watch();

  const isWhole = () =>
    allReadySince !== null &&
    looks !== null &&
    Object.entries(looks).every(
      ([service, { members }]) => members === asked.filter(({ name }) => name === service).length,
    );
  return {
    orderWentThrough: (since) => {
      const waited = performance.now() - Math.max(since, allReadySince ?? Number.POSITIVE_INFINITY);
      if (waited > patience)
        wrong.add(
          `all processes said for ${(waited / 1000).toFixed(0)} s that they were ready, and no order went through`,
        );
    },
    recovered: async () => {
      const end = performance.now() + atLast;
      while (!isWhole() && performance.now() < end) await sleep(every);
      if (!isWhole())
        wrong.add(`${atLast / 1000} s after the last order not all is ready: ${JSON.stringify(looks ?? 'no answer')}`);
    },
    violations: () => [...wrong],
    stop: async () => {
      stopped = true;
      await watching;
    },
  };
};
