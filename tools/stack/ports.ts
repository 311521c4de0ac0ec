import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const localhost = '127.0.0.1';

// Below the ports that the operating system hands out to outgoing connections: none of those can take the port of a server that is down.
const lowest = 20_000;
const highest = 32_767;

/**
 * A port to try for a server that cannot ask the operating system for any free one. It was free a moment ago; whether it still is, only
 * the server finds out that binds it. Whoever uses this must try another when that fails.
 */
export const candidatePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
};

/** Only a look: another program may take the port before it is bound. */
export const isFree = (port: number): Promise<boolean> => {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, localhost, () => server.close(() => resolve(true)));
  });
};

export const canConnect = (host: string, port: number, timeoutMs = 3000): Promise<boolean> => {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
};

/** Asks until the answer is yes, or until it is given up by the signal. */
export const until = async (
  ask: () => Promise<boolean> | boolean,
  signal: AbortSignal,
  everyMs = 25,
): Promise<void> => {
  for (;;) {
    signal.throwIfAborted();
    if (await ask()) return;
    await sleep(everyMs);
  }
};
