import { Overdue } from '@quadrille/process/deadline';

/** Something to do, and when its caller stops waiting for it, by `performance.now()`; undefined: never. */
export type Timely<Item> = { readonly item: Item; readonly deadline: number | undefined };

/**
 * Leaves out of a batch what nobody waits for any more: a service that was busy does not begin with work that is in vain.
 * @param run does the others; its results are in their order
 */
export const leaveOutOverdue =
  <Item, Result>(run: (items: readonly Item[]) => Promise<Result[]>, overdue: (error: Overdue) => Result) =>
  async (batch: readonly Timely<Item>[]): Promise<Result[]> => {
    const now = performance.now();
    const isOverdue = ({ deadline }: Timely<Item>) => deadline !== undefined && deadline <= now;
    const timely = batch.filter((each) => !isOverdue(each));
    const results = timely.length === 0 ? [] : await run(timely.map(({ item }) => item));
    let next = 0;
    return batch.map((each) =>
      isOverdue(each)
        ? overdue(new Overdue('the caller had stopped waiting before it was begun'))
        : (results[next++] as Result),
    );
  };
