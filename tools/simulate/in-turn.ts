import type { UnitOfWork } from '@quadrille/db/storage';

/** Statements that are asked for at once run one after the other, as on a connection; none behind one that failed. */
export const inTurn = (unit: UnitOfWork): UnitOfWork => {
  let last: Promise<unknown> = Promise.resolve();
  const later =
    <Given extends unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
    (...given: Given): Promise<Answer> => {
      const mine = last.then(() => ask(...given));
      last = mine;
      return mine;
    };
  const { newId, ...statements } = unit;
  const ordered = Object.fromEntries(Object.entries(statements).map(([name, ask]) => [name, later(ask as never)]));
  return { newId, ...ordered } as unknown as UnitOfWork;
};
