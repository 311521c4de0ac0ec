import { connect, createServer, type Socket } from 'node:net';

/** Between a client and a server of any protocol: passes bytes, or does not. */
export type Network = {
  readonly port: number;
  /** Swallows all that is sent, in both directions, and says nothing: connections stay open. */
  readonly goSilent: () => void;
  /** New connections work again; those of before stay silent. */
  readonly recover: () => void;
  /** Breaks all connections. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
};

/** @param target host and port of the server */
export const startNetwork = async (target: { host: string; port: number }): Promise<Network> => {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    const born = { silent };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        born.silent ||= silent;
        if (!born.silent) to.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    goSilent: () => {
      silent = true;
    },
    recover: () => {
      silent = false;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
