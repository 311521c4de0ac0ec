import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { forgetHalt, type HaltedRange, recordHalt } from '@quadrille/db/halts';
import type { Log } from '@quadrille/process/log';
import { type Share, verdict } from './failure-rate.ts';
import type { Input, Outcome } from './input.ts';

/** Why a service processes nothing more, and where it stands. */
export type Halt = { readonly message: string; readonly ranges: readonly HaltedRange[] };

/** Most of the recent events could not be applied: nothing of a batch is processed, and nothing is parked. */
export class TooManyBadEvents extends Error {
  override readonly name = 'TooManyBadEvents';
  readonly halt: Halt;
  constructor(halt: Halt) {
    super(halt.message);
    this.halt = halt;
  }
}

/** Says which events are in the way, and what an operator can do about them. */
export const haltAt = <State, E extends Event>(
  service: string,
  share: Share,
  inputs: readonly Input<State, E>[],
  outcomes: readonly Outcome<State>[],
): Halt => {
  const bad = inputs.flatMap(({ delivery }, index) => {
    const outcome = outcomes[index];
    return delivery && outcome && verdict(outcome) ? delivery.record : [];
  });
  const ranges = [...Map.groupBy(bad, ({ topic, partition }) => `${topic}/${partition}`).values()].flatMap(
    (records) => {
      const [first, last] = [records[0], records.at(-1)];
      if (!first || !last) return [];
      const { topic, partition } = first;
      return { topic, partition, fromOffset: Number(first.offset), toOffset: Number(last.offset), cause: share.cause };
    },
  );
  const commands = ranges.map((range) => skipCommand(service, range)).join(' and ');
  return {
    ranges,
    message: `${service} cannot apply ${share.bad} of its last ${share.of} events, so it processes nothing more and parks nothing more. Look at the cause, mend it or go back to the release before, then start ${service} again; or pass these events over, beginning with: ${commands}. Cause: ${share.cause}`,
  };
};

/** What to run next; it writes nothing yet. */
export const skipCommand = (
  service: string,
  { topic, partition, fromOffset, toOffset }: Pick<HaltedRange, 'topic' | 'partition' | 'fromOffset' | 'toOffset'>,
): string =>
  `npm run ops -- skip --service ${service} --topic ${topic} --partition ${partition} --from ${fromOffset} --to ${toOffset} --dry-run`;

/** Says in the log and in the database where the service stands, for as long as it does. */
export const reportHalts = (
  service: string,
  pool: Pool,
  log: Pick<Log, 'fatal' | 'warn'>,
): { readonly isHalted: () => boolean; readonly halted: (halt: Halt | null, attempt: number) => Promise<void> } => {
  let standing: Halt | null = null;
  return {
    isHalted: () => standing !== null,
    halted: async (halt, attempt) => {
      const now = halt?.ranges ?? [];
      const left = (standing?.ranges ?? []).filter((range) => !now.some((other) => isSamePartition(range, other)));
      standing = halt;
      // Again now and then, so that it is among the last lines of the log.
      if (halt && attempt % 6 === 1) log.fatal({ ranges: now }, halt.message);
      if (!halt) log.warn(`${service} goes on: what it could not apply is skipped, or can be applied now`);
      try {
        await forgetHalt(pool, left);
        await recordHalt(pool, now);
      } catch (error) {
        log.warn({ err: error }, 'where the service stands could not be written down; its next try does it');
      }
    },
  };
};

const isSamePartition = (one: HaltedRange, other: HaltedRange): boolean =>
  one.topic === other.topic && one.partition === other.partition;
