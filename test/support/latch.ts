/** A promise that a test opens when it wants others to go on. */
export type Latch = { readonly open: () => void; readonly opened: Promise<void> };

export const latch = (): Latch => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
};

/** Lets each of `count` parties wait until all of them are there. */
export const meeting = (count: number): (() => Promise<void>) => {
  const all = latch();
  let come = 0;
  return () => {
    if (++come === count) all.open();
    return all.opened;
  };
};
