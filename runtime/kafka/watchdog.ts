/** Ticks without a sign of life after which a client is taken for dead, and their length in ms: a minute. */
const patience = 12;
const tick = 5_000;

/**
 * Calls back, once, when a minute has passed without a sign of life although there could have been one; where Kafka is away it waits for
 * another minute, without end. It counts ticks, not time: a process that was stopped for an hour (SIGSTOP, a laptop asleep) has missed
 * its signs, and its ticks as well.
 * @param couldHear whether Kafka would have answered; asked when a minute has passed
 */
export const startWatchdog = (
  couldHear: () => Promise<boolean>,
  onSilence: () => void,
): { readonly sign: () => void; readonly stop: () => void } => {
  let quiet = 0;
  let asking = false;
  let stopped = false;
  const timer = setInterval(() => {
    if (++quiet >= patience && !asking) void ask();
  }, tick);
  const stop = () => {
    stopped = true;
    clearInterval(timer);
  };
  const ask = async () => {
    asking = true;
    const could = await couldHear();
    asking = false;
    // A sign may have come meanwhile.
    if (stopped || quiet < patience) return;
    quiet = 0;
    if (!could) return;
    stop();
    onSilence();
  };
  return {
    sign: () => {
      quiet = 0;
    },
    stop,
  };
};
