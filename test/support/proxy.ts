import { connect, createServer, type Socket } from 'node:net';

/** Between a Kafka client and its broker. It passes whole requests and answers, or does not. */
export type BadNetwork = {
  readonly port: number;
  /** Holds all that is sent, in both directions. */
  readonly stall: () => void;
  /** Passes on what was held, and what comes. */
  readonly flow: () => void;
  /** Breaks all connections; what was held is lost. */
  readonly cut: () => void;
  /** Loses the next answer to a request of this kind (0: produce). */
  readonly loseAnswerTo: (apiKey: number) => void;
  /**
   * Changes each answer to requests of this kind: a frame, with its four bytes of length and four that say what it answers.
   * @param change null: passes them on as they are
   */
  readonly change: (apiKey: number, change: ((answer: Buffer) => Buffer) | null) => void;
  /** How many requests of this kind came. */
  readonly requests: (apiKey: number) => number;
  /** Connections that clients have open. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

/** @param broker host:port */
export const startProxy = async (broker: string): Promise<BadNetwork> => {
  const [host, port] = broker.split(':');
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const counts = new Map<number, number>();
  let held: (() => void)[] | null = null;
  let losing: number | null = null;
  const changes = new Map<number, (answer: Buffer) => Buffer>();
  const pass = (act: () => void) => (held ? held.push(act) : act());

  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    const lost = new Set<number>();
    const asked = new Map<number, number>();
    clients.add(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // The other side learns of it by the end of the connection.
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => {
      clients.delete(client);
      pass(() => upstream.end());
    });
    upstream.on('close', () => client.end());
    client.on(
      'data',
      frames((frame) => {
        const apiKey = frame.readInt16BE(4);
        counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1);
        if (apiKey === losing) {
          losing = null;
          lost.add(frame.readInt32BE(8));
        }
        if (changes.has(apiKey)) asked.set(frame.readInt32BE(8), apiKey);
        pass(() => upstream.write(frame));
      }),
    );
    upstream.on(
      'data',
      frames((frame) => {
        const correlation = frame.readInt32BE(4);
        if (lost.delete(correlation)) return;
        const change = changes.get(asked.get(correlation) ?? -1);
        asked.delete(correlation);
        pass(() => client.write(change ? change(frame) : frame));
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    port: address.port,
    stall: () => {
      held ??= [];
    },
    flow: () => {
      const acts = held ?? [];
      held = null;
      for (const act of acts) act();
    },
    cut: () => {
      held &&= [];
      for (const socket of sockets) socket.destroy();
    },
    loseAnswerTo: (apiKey) => {
      losing = apiKey;
    },
    change: (apiKey, change) => void (change ? changes.set(apiKey, change) : changes.delete(apiKey)),
    requests: (apiKey) => counts.get(apiKey) ?? 0,
    connections: () => clients.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Kafka's frames: four bytes of length, then that many bytes. */
const frames = (onFrame: (frame: Buffer) => void): ((data: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
};
