import { connect, createServer, type Socket } from 'node:net';

/** A bad line between our processes and a server. All of it holds for every connection, also for those to come. */
export type Line = {
  readonly port: number;
  /** Each byte arrives so many ms later, in both directions. */
  readonly delay: (ms: number) => void;
  /** Nothing arrives; at `calm` all of it does, at once. */
  readonly stall: () => void;
  /** What the server answers is lost; at `calm` these connections break. */
  readonly dropAnswers: () => void;
  /** The next so many COMMITs reach the server, and the connection breaks before its answer does. */
  readonly cutAtCommit: (times: number) => void;
  /** Breaks all connections. */
  readonly reset: () => void;
  /** Ends whatever was wrong. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
};

type Pair = { readonly client: Socket; readonly server: Socket; lostAnswers: boolean };

/** @param target where the server listens; its port may answer again after the server was killed and came back */
export const startLine = async (target: { host: string; port: number }): Promise<Line> => {
  const pairs = new Set<Pair>();
  let latency = 0;
  let stalled = false;
  let dropping = false;
  let commitsToCut = 0;

  const destroy = (pair: Pair) => {
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  };

  /** Passes bytes on, late if need be, but never one chunk before another: timers that end together keep no order, so a queue does. */
  const line = (to: Socket) => {
    const waiting: { chunk: Buffer; due: number }[] = [];
    const passOn = () => {
      for (let [first] = waiting; first && first.due <= performance.now(); [first] = waiting) {
        to.write(first.chunk);
        waiting.shift();
      }
      const [first] = waiting;
      if (first) setTimeout(passOn, Math.ceil(first.due - performance.now()));
    };
    return (chunk: Buffer) => {
      const due = performance.now() + latency;
      waiting.push({ chunk, due: Math.max(due, waiting.at(-1)?.due ?? 0) });
      if (waiting.length === 1) passOn();
    };
  };

  const listener = createServer((client) => {
    const server = connect(target.port, target.host);
    const pair: Pair = { client, server, lostAnswers: false };
    pairs.add(pair);
    client.setNoDelay(true);
    server.setNoDelay(true);
    const [toServer, toClient] = [line(server), line(client)];
    let cut = false;
    client.on('data', (chunk) => {
      if (commitsToCut > 0 && chunk.includes('COMMIT')) {
        commitsToCut--;
        cut = true;
      }
      toServer(chunk);
    });
    server.on('data', (chunk) => {
      if (cut) return destroy(pair);
      if (dropping) pair.lostAnswers = true;
      if (!pair.lostAnswers) toClient(chunk);
    });
    for (const socket of [client, server]) {
      socket.on('error', () => destroy(pair));
      socket.on('close', () => destroy(pair));
      if (stalled) socket.pause();
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const all = (act: (socket: Socket) => void) => {
    for (const { client, server } of pairs) {
      act(client);
      act(server);
    }
  };
  return {
    port: address.port,
    delay: (ms) => {
      latency = ms;
    },
    stall: () => {
      stalled = true;
      all((socket) => socket.pause());
    },
    dropAnswers: () => {
      dropping = true;
    },
    cutAtCommit: (times) => {
      commitsToCut = times;
    },
    reset: () => {
      for (const pair of [...pairs]) destroy(pair);
    },
    calm: () => {
      latency = 0;
      stalled = false;
      dropping = false;
      commitsToCut = 0;
      for (const pair of [...pairs]) if (pair.lostAnswers) destroy(pair);
      all((socket) => socket.resume());
    },
    close: async () => {
      for (const pair of [...pairs]) destroy(pair);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
};
