/** Somebody was asked and has not answered in time. Whether it did what it was asked to do is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What work gives, if it gives it in time; what comes later is thrown away. @param who was asked @throws NoAnswer */
export const within = async <Result>(ms: number, work: Promise<Result>, who = 'it'): Promise<Result> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new NoAnswer(`${who} did not answer within ${ms} ms`)), ms);
  // It may fail after we have gone.
  work.catch(() => {});
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
