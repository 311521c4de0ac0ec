import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

export type Sockets = {
  /** Opens a connection for kafkajs. @throws once they are closed for good */
  readonly open: ISocketFactory;
  readonly closeForGood: () => void;
};

/** Why a connection of a client that was thrown away fails. */
export const thrownAway = 'this client was thrown away';
const keepAliveDelay = 60_000;

const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? connectTls({ host, port, servername: host, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveDelay);
  return socket;
};

/** The connections of one client, so that they can be taken away from it. @param openOne opens one of them */
export const createSockets = (openOne = openSocket): Sockets => {
  const sockets = new Set<Socket>();
  let closed = false;
  return {
    open: (options) => {
      if (closed) throw new Error(thrownAway);
      const socket = openOne(options);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    closeForGood: () => {
      closed = true;
      // With an error: otherwise kafkajs would take the connection for a slow one, and ask it again and again, for ever.
      for (const socket of sockets) socket.destroy(new Error(thrownAway));
    },
  };
};
