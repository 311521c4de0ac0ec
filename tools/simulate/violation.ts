/** The system broke a promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export const expectThat = (holds: boolean, promise: () => string): void => {
  if (!holds) throw new Violation(promise());
};
