import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

export type Sockets = {
  /** Opens a connection for kafkajs. @throws once they are closed for good */
  readonly open: ISocketFactory;
  readonly closeForGood: () => void;
};

const keepAliveDelay = 60_000;

/** The connections of one producer, so that they can be taken away from it. */
export const createSockets = (): Sockets => {
  const sockets = new Set<Socket>();
  let closed = false;
  return {
    open: ({ host, port, ssl, onConnect }) => {
      if (closed) throw new Error('this producer was thrown away');
      const socket = ssl
        ? connectTls({ host, port, servername: host, ...ssl }, onConnect)
        : connect({ host, port }, onConnect);
      socket.setKeepAlive(true, keepAliveDelay);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    closeForGood: () => {
      closed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
};
