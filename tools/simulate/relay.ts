import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { OutboxRow } from '@quadrille/db/outbox';
import type { Kafka } from './memory-kafka.ts';
import type { Database } from './memory-storage.ts';
import type { Order } from './mutation.ts';
import type { Process, World } from './world.ts';

const leaseTtl = 5_000;
const batch = 20;

/**
 * What a relay does to the world, by the letter of its promises: reads committed rows in their order, publishes, and only then removes them,
 * if the lease is still its own. It may be held up or die between any two of these.
 * @param spoil may change the bytes on their way
 * @param onPublished told of each event that is in Kafka
 */
export const startRelay = (options: {
  world: World;
  kafka: Kafka;
  database: Database;
  process: Process;
  holder: string;
  order: Order;
  spoil: (row: OutboxRow, value: Buffer) => Buffer;
  onPublished: (row: OutboxRow) => void;
}): void => {
  const { world, kafka, database, process, holder, order, spoil, onPublished } = options;
  const { lease } = database;

  const publish = async (row: OutboxRow) => {
    await world.step();
    const { key, headers, value } = encodeEvent(row, row.payload);
    const record = { key: Buffer.from(key), headers: asBytes(headers), value: spoil(row, value) };
    const { partition, offset } = kafka.publish(row.topic, record);
    world.tell(() => `publishes ${row.type} of order ${row.correlationId} at ${partition}/${offset}`);
    onPublished(row);
    // The broker has it, the answer is on its way.
    await world.step();
  };

  world.start(process, async () => {
    for (;;) {
      await world.step();
      if (lease.holder !== holder && lease.until > world.now()) {
        await world.sleep(lease.until - world.now());
        continue;
      }
      lease.holder = holder;
      lease.until = world.now() + leaseTtl;
      const rows = database.outbox.slice(0, batch);
      if (rows.length === 0) {
        await world.wait(database.outboxGrew, leaseTtl / 2);
        continue;
      }
      const seqs = rows.map(({ seq }) => seq);
      if (order === 'wrong') database.deleteFromOutbox(seqs);
      for (const row of rows) await publish(row);
      await world.step();
      if (lease.holder === holder && lease.until > world.now()) database.deleteFromOutbox(seqs);
    }
  });
};

const asBytes = (headers: Record<string, string>): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
