import type { Event } from '@quadrille/contracts/event';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { Storage } from '@quadrille/db/storage';
import { applyBatch } from './apply.ts';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';

/** `failed`: the command was not committed, as far as we know, and this is why. */
export type CommandOutcome<State> = Outcome<State> | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Applies a batch of commands in one transaction. If it fails for a reason that is not the database's, it is halved until the command
 * that fails stands alone: others do not fail with it.
 * @param committed called for each part that is committed, with how long its transaction took
 */
export const applyCommands = async <State extends object, E extends Event>(
  { storage, participant }: { readonly storage: Storage; readonly participant: Participant<State, E> },
  commands: readonly Input<State, E>[],
  committed: (commands: readonly Input<State, E>[], outcomes: readonly Outcome<State>[], tookMs: number) => void,
): Promise<CommandOutcome<State>[]> => {
  try {
    const began = performance.now();
    const outcomes = await applyBatch(storage, participant, commands);
    committed(commands, outcomes, performance.now() - began);
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
