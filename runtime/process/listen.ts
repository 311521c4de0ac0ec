import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Another program listens on the port already. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** The exit code of a process whose port is taken, by which its parent knows that another port may help. */
export const portTakenCode = 98;

/**
 * Binds the server.
 * @param options.port 0: any free port
 * @returns the port that it has
 * @throws PortTaken
 */
export const listenOn = async (server: Server, options: { host: string; port: number }): Promise<number> => {
  const { host, port } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `port ${port} is taken: stop the program that listens there, or set another port`;
      reject(error.code === 'EADDRINUSE' ? new PortTaken(message, { cause: error }) : error);
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
};

/** What a process says to its parent once its server listens. */
export type PortReport = {
  readonly listening: number;
  /** Where its metrics are, if that is another port. */
  readonly metrics?: number;
};

export const isPortReport = (message: unknown): message is PortReport =>
  typeof message === 'object' && message !== null && 'listening' in message && typeof message.listening === 'number';

/** Tells the parent which ports this process got; does nothing when the parent opened no channel for that. */
export const reportPort = (port: number, metricsPort?: number): void => {
  // A parent that has gone meanwhile needs no answer.
  process.send?.(
    { listening: port, ...(metricsPort !== undefined && { metrics: metricsPort }) } satisfies PortReport,
    () => {},
  );
};
