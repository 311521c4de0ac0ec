import { setTimeout as sleep } from 'node:timers/promises';
import { lag } from '@quadrille/ops/lag';
import { type Claim, judgeClaims } from './claims.ts';
import type { System } from './system.ts';

const patience = 30_000;
const every = 1_000;
/** How long (ms) an answer of Kafka and the database is waited for. */
const answerWithin = 5_000;
/** How long (ms) everything may take, after the last order, until all is as it was before the first fault. */
const atLast = 90_000;

export type Readiness = {
  /** An order went through, which was tried since then (ms, of performance.now). */
  readonly orderWentThrough: (since: number) => void;
  /** Waits for all processes to be ready and all members to be in their groups; resolves with all that was wrong. */
  readonly end: () => Promise<readonly string[]>;
};

/** Compares what processes say of themselves with what Kafka and customers see of them, until the end. */
export const watchReadiness = (system: System): Readiness => {
  const asked = system.instances.filter(({ name }) => name !== 'gateway');
  const judge = judgeClaims(patience);
  let allReady = false;
  let claims: Readonly<Record<string, Claim>> | null = null;
  let stopped = false;

  const look = async () => {
    const said = await Promise.all(asked.map(async ({ name, saysReady }) => ({ name, ready: await saysReady() })));
    const seen = await Promise.race([lag(system.cluster, patience).catch(() => null), sleep(answerWithin, null)]);
    allReady = said.every(({ ready }) => ready);
    claims =
      seen &&
      Object.fromEntries(
        seen.services.map(({ service, consumer }): [string, Claim] => [
          service,
          { ready: said.filter(({ name, ready }) => name === service && ready).length, members: consumer.members },
        ]),
      );
    judge.look(performance.now(), allReady, claims);
  };
  const watch = async () => {
    for (; !stopped; await sleep(every)) await look();
  };
  const watching = watch();

  const isWhole = () =>
    allReady && claims !== null && Object.values(claims).every(({ ready, members }) => ready === members);
  return {
    orderWentThrough: (since) => judge.orderWentThrough(performance.now(), since),
    end: async () => {
      const end = performance.now() + atLast;
      while (!isWhole() && performance.now() < end) await sleep(every);
      stopped = true;
      await watching;
      return isWhole()
        ? judge.violations()
        : [
            ...judge.violations(),
            `${atLast / 1000} s after the last order not everything is ready: ${JSON.stringify(claims ?? 'no answer')}`,
          ];
    },
  };
};
