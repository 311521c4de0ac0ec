import type { Event } from '@quadrille/contracts/event';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { Storage } from '@quadrille/db/storage';
import { applyBatch } from './apply.ts';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';

/** `failed`: the command was not committed, as far as we know, and this is why. */
export type CommandOutcome<State> = Outcome<State> | { readonly kind: 'failed'; readonly error: unknown };

/** When a transaction began (ms of the epoch), and how long it took. */
export type Timing = { readonly from: number; readonly tookMs: number };

/** Told what became of each batch, and of each part of one. */
export type Committed<State, E extends Event> = (
  inputs: readonly Input<State, E>[],
  outcomes: readonly Outcome<State>[],
  timing: Timing,
) => void;

/**
 * Applies a batch of commands in one transaction. If it fails for a reason that is not the database's, it is halved until the command
 * that fails stands alone: others do not fail with it.
 * @param committed called for each part that is committed, with how long its transaction took
 */
export const applyCommands = async <State extends object, E extends Event>(
  { storage, participant }: { readonly storage: Storage; readonly participant: Participant<State, E> },
  commands: readonly Input<State, E>[],
  committed: Committed<State, E>,
): Promise<CommandOutcome<State>[]> => {
  const from = Date.now();
  try {
    const began = performance.now();
    const outcomes = await applyBatch(storage, participant, commands);
    committed(commands, outcomes, { from, tookMs: performance.now() - began });
    return outcomes;
  } catch (error) {
    const isOfCommand = !isOfDatabase(error) || isRefusal(error);
    if (!isOfCommand || commands.length === 1) return commands.map(() => ({ kind: 'failed', error }));
    const half = Math.ceil(commands.length / 2);
    const parts = [commands.slice(0, half), commands.slice(half)];
    const outcomes: CommandOutcome<State>[] = [];
    for (const part of parts) outcomes.push(...(await applyCommands({ storage, participant }, part, committed)));
    return outcomes;
  }
};
