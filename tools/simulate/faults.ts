import type { OutboxRow } from '@quadrille/db/outbox';
import { services } from '@quadrille/services';
import type { Kafka } from './memory-kafka.ts';
import type { Process, World } from './world.ts';

/** What goes wrong in one run, drawn at its beginning. All of it ends with the calm. */
export type Troubles = {
  /** Of processes, at any step. */
  deaths: number;
  freezes: number;
  /** Of databases. */
  absences: number;
  rebalances: number;
  /** Commits whose answer never comes. */
  lostAnswers: number;
  /** Records that lose bytes on their way. */
  spoilt: number;
  /** Records that nobody of us wrote. */
  forged: number;
  /** A rule of a service throws for some orders until it is mended. */
  readonly bug: { readonly service: string; readonly mendedAt: number; readonly share: number } | null;
};

/** As the figures name them. */
export const troubleNames: Readonly<Record<Exclude<keyof Troubles, 'bug'>, string>> = {
  deaths: 'trouble: processes killed',
  freezes: 'trouble: processes frozen',
  absences: 'trouble: databases away',
  rebalances: 'trouble: rebalances besides',
  lostAnswers: 'trouble: answers to COMMIT lost',
  spoilt: 'trouble: records cut short',
  forged: 'trouble: records forged',
};

const often = 0.004;

export const drawTroubles = ({ random }: World): Troubles => ({
  deaths: random.between(0, 8),
  freezes: random.between(0, 5),
  absences: random.between(0, 3),
  rebalances: random.between(0, 4),
  lostAnswers: random.between(0, 3),
  spoilt: random.pick([0, 0, 1, 2]),
  forged: random.pick([0, 0, 1, 2]),
  bug: random.chance(0.3)
    ? { service: random.pick(services), mendedAt: random.between(2_000, 25_000), share: random.pick([0.2, 0.5]) }
    : null,
});

/** Strikes at the steps of processes that may be exposed. @param mayInject false for those that only watch, and in the calm */
export const injectFaults =
  (world: World, troubles: Troubles, mayInject: (process: Process) => boolean) => (process: Process) => {
    const { random } = world;
    if (!mayInject(process) || !process.alive) return;
    if (troubles.deaths > 0 && random.chance(often)) {
      troubles.deaths--;
      world.tell(() => 'DIES');
      world.kill(process);
    } else if (troubles.freezes > 0 && random.chance(often)) {
      troubles.freezes--;
      const ms = random.pick([500, 4_000, 9_000, 15_000]);
      world.tell(() => `FREEZES for ${ms} ms`);
      world.freeze(process, ms);
    }
  };

/** Cuts a value short on its way, now and then; keeps what it was. */
export const spoiler =
  (world: World, troubles: Troubles, isCalm: () => boolean, originals: Map<string, Buffer>) =>
  (row: OutboxRow, value: Buffer): Buffer => {
    if (isCalm() || troubles.spoilt === 0 || !world.random.chance(0.03)) return value;
    troubles.spoilt--;
    world.tell(() => `${row.type} of order ${row.correlationId} is SPOILT on its way`);
    originals.set(row.id, value);
    return value.subarray(0, value.length - 2);
  };

/** Writes nonsense to a topic: with an order's key, or with none. */
export const forge = (
  world: World,
  kafka: Kafka,
  topics: readonly [string, ...string[]],
  orderId: string | undefined,
) => {
  const { random } = world;
  const topic = random.pick(topics);
  const nonsense = random.pick(['{"userId":', 'null', '{}', '']);
  const key = orderId !== undefined && random.chance(0.7) ? Buffer.from(orderId) : null;
  world.tell(() => `somebody writes NONSENSE to ${topic}${key ? ` about order ${orderId}` : ''}`);
  kafka.publish(topic, {
    key,
    headers: random.chance(0.5) ? {} : { ce_id: Buffer.from(random.uuid()), ce_specversion: Buffer.from('1.0') },
    value: random.chance(0.2) ? null : Buffer.from(nonsense),
  });
};
