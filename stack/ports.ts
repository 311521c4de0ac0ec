import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const localhost = '127.0.0.1';

/** A port nobody listens on: the wanted one if it is free, any other if not. */
export async function pickPort(wanted?: number): Promise<number> {
  return wanted !== undefined && (await isFree(wanted)) ? wanted : listenOnce(0);
}

export async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch {
    return false;
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, localhost, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no address'));
      });
    });
  });
}

export function canConnect(host: string, port: number, timeoutMs = 3000): Promise<boolean> {
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
}

/** Asks until the answer is yes, or until it is given up by the signal. */
export async function until(ask: () => Promise<boolean> | boolean, signal: AbortSignal, everyMs = 25): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await ask()) return;
    await sleep(everyMs);
  }
}
