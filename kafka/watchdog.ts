/** Ticks without a sign of life after which a client is taken for dead, and their length in ms: a minute. */
const patience = 12;
const tick = 5_000;

/**
 * Calls back when a minute has passed without a sign of life. It counts ticks, not time: a process that was stopped for an hour
 * (SIGSTOP, a laptop asleep) has missed its signs, and its ticks as well.
 */
export const startWatchdog = (onSilence: () => void): { readonly sign: () => void; readonly stop: () => void } => {
  let quiet = 0;
  const timer = setInterval(() => {
    if (++quiet < patience) return;
    clearInterval(timer);
    onSilence();
  }, tick);
  return {
    sign: () => {
      quiet = 0;
    },
    stop: () => clearInterval(timer),
  };
};
