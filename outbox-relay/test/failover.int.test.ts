import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNetwork } from '../../test/support/network.ts';
import { append, drained } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../test/support/topics.ts';
import { until } from '../../test/support/until.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';

describe('two relays, each a process of its own', () => {
  let scratch: Scratch;
  let kafka: ScratchKafka;
  let topic: string;
  const processes: RelayProcess[] = [];
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    kafka = scratchKafka();
  });
  beforeEach(async () => {
    for (const table of ['outbox', 'outbox_parked', 'outbox_marks', 'relay_lease'])
      await scratch.pool.query(`DELETE FROM ${table}`);
    topic = await kafka.newTopic(3);
  });
  afterEach(async () => {
    for (const each of processes.splice(0)) {
      each.kill('SIGKILL');
      await each.exited;
    }
  });
  afterAll(async () => {
    await kafka?.drop();
    await scratch?.drop();
  });

  const start = (url = scratch.url): RelayProcess => {
    const started = startRelayProcess(url);
    processes.push(started);
    return started;
  };
  const keys = Array.from({ length: 7 }, () => randomUUID());
  /** Appends until told to end. */
  const load = () => {
    const sent = new Map<string, string[]>(keys.map((key) => [key, []]));
    let goesOn = true;
    const done = (async () => {
      while (goesOn) {
        const ids = await append(scratch, ...keys.map((correlationId) => ({ topic, correlationId })));
        keys.forEach((key, index) => void sent.get(key)?.push(ids[index] as string));
        await delay(5);
      }
    })();
    return {
      sent,
      end: async () => {
        goesOn = false;
        await done;
      },
    };
  };
  const epoch = async (): Promise<number> => {
    const [rows] = await scratch.pool.query('SELECT epoch FROM relay_lease');
    return (rows as { epoch: number }[])[0]?.epoch ?? 0;
  };
  /** All is there, and the first arrivals of each key are in their order. */
  const expectAll = async (sent: ReadonlyMap<string, readonly string[]>) => {
    await drained(scratch);
    const total = [...sent.values()].flat().length;
    const seen = new Set<string>();
    const arrived = new Map<string, string[]>(keys.map((key) => [key, []]));
    const read = await kafka.read(topic, (records) => {
      for (const { headers, key } of records.slice(seen.size === 0 ? 0 : arrivedBefore)) {
        const id = String(headers.ce_id);
        if (seen.has(id)) continue;
        seen.add(id);
        arrived.get(String(key))?.push(id);
      }
      arrivedBefore = records.length;
      return seen.size >= total;
    });
    expect(arrived).toEqual(sent);
    return { duplicates: read.length - total };
  };
  let arrivedBefore = 0;
  beforeEach(() => {
    arrivedBefore = 0;
  });

  it('R4, R5: the leader is killed: the other takes over, nothing is lost, each key keeps its order', async () => {
    const first = start();
    await first.says('lease acquired');
    const second = start();
    await second.says('relay started');
    const { sent, end } = load();
    await until('some are published', async () => (await publishedTo()) > 100);
    first.kill('SIGKILL');
    await second.says('lease acquired');
    const before = await publishedTo();
    await until('more are published', async () => (await publishedTo()) > before);
    await end();
    await expectAll(sent);
  });

  it('R5: the leader is stopped for longer than its lease, and goes on: it marks nothing, and steps back', async () => {
    const first = start();
    await first.says('lease acquired');
    const second = start();
    await second.says('relay started');
    const { sent, end } = load();
    await until('some are published', async () => (await publishedTo()) > 100);
    first.kill('SIGSTOP');
    await second.says('lease acquired');
    const taken = await epoch();
    first.kill('SIGCONT');
    const before = await publishedTo();
    await until('more are published', async () => (await publishedTo()) > before + 100);
    await end();
    await expectAll(sent);
    // The one that slept did not take the lease back.
    expect(await epoch()).toBe(taken);
    // And it is ready to follow: when the other ends, it leads again.
    second.kill('SIGTERM');
    await second.exited;
    await first.says('lease acquired');
    const again = load();
    await until('more are published', async () => (await publishedTo()) > before + 200);
    await again.end();
  });

  it.each<['silent' | 'cut']>([['silent'], ['cut']])(
    'R5: the connection of the leader to its database goes %s: the other takes over; once it is back, it follows',
    async (how) => {
      const { hostname, port } = new URL(scratch.url);
      const network = await startNetwork({ host: hostname, port: Number(port) });
      const url = new URL(scratch.url);
      url.hostname = '127.0.0.1';
      url.port = String(network.port);
      const first = start(url.toString());
      await first.says('lease acquired');
      const second = start();
      await second.says('relay started');
      const { sent, end } = load();
      await until('some are published', async () => (await publishedTo()) > 100);
      network.goSilent();
      if (how === 'cut') network.cut();
      await second.says('lease acquired');
      await first.says('cannot relay');
      network.recover();
      const before = await publishedTo();
      await until('more are published', async () => (await publishedTo()) > before + 100);
      await end();
      await expectAll(sent);
      second.kill('SIGTERM');
      await second.exited;
      await first.says('lease acquired');
      await network.close();
    },
  );

  const publishedTo = async (): Promise<number> => {
    const [rows] = await scratch.pool.query(
      'SELECT published_to - (SELECT MIN(seq) FROM outbox) AS n FROM relay_lease',
    );
    return Number((rows as { n: number }[])[0]?.n ?? 0);
  };
});
