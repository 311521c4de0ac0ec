/** Ends the process in order, whatever the reason: Ctrl-C, a SIGTERM, a closed terminal, or a parent that is no more. */
export const onEnd = (stop: (reason: string) => Promise<void>): void => {
  let ending: Promise<void> | undefined;
  // Asked twice (a Ctrl-C reaches us from the terminal and again through npm) it still ends once.
  const end = (reason: string) => {
    ending ??= stop(reason);
    ending.catch((error) => {
      console.error(error);
      process.exit(1);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
  if (process.channel) {
    process.on('disconnect', () => end('the parent process ended'));
    // Listening must not keep us alive.
    process.channel.unref();
  }
};
