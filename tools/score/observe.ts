import type { Decision } from '@quadrille/ops/score/score';
import { messageOf, StackError } from '@quadrille/process/errors';
import { forEachService } from '@quadrille/services';
import type { Decide, Mutation } from '@quadrille/simulate/mutation';
import { simulateRun } from '@quadrille/simulate/run';

/**
 * Every decision that so many simulated runs have seen, each once and sorted: a service received an event, and changed rows or published
 * others. The runs follow from their seeds, so the same rules give the same decisions.
 * @param mutation of the rules, for tests
 * @throws StackError when a run breaks a promise
 */
export const observe = async (runs: number, mutation: Pick<Mutation, 'rules'> = {}): Promise<readonly Decision[]> => {
  const seen = new Map<string, Decision>();
  const note = (decision: Decision) =>
    seen.set(`${decision.service} ${decision.received ?? ''} ${decision.published.join(' ')}`, decision);
  const watching: Mutation = {
    rules: forEachService((service) => (rule: Decide): Decide => {
      const decide = mutation.rules?.[service]?.(rule) ?? rule;
      return (state, event, now) => {
        const decision = decide(state, event, now);
        const published = (decision.emit ?? []).map(({ type }) => type);
        // What changes nothing and tells nobody is no decision: a repeat, or something that came too late.
        if (decision.state || published.length > 0)
          note({ service, received: (event as { readonly type: string }).type, published });
        return decision;
      };
    }),
    // What a person, the payment provider or the clock made a service publish. No rule was asked about an event then.
    storage: (storage, { name }) => ({
      transact: (work) =>
        storage.transact((unit) =>
          work({
            ...unit,
            appendToOutbox: (events) => {
              for (const { type, causationId } of events)
                if (causationId === null) note({ service: name, received: null, published: [type] });
              return unit.appendToOutbox(events);
            },
          }),
        ),
    }),
  };
  for (let seed = 1; seed <= runs; seed++)
    await simulateRun(seed, watching).catch((cause: unknown) => {
      throw new StackError(`${messageOf(cause)}: npm run simulate -- --seed ${seed} tells how it came.`, { cause });
    });
  return [...seen].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, decision]) => decision);
};
