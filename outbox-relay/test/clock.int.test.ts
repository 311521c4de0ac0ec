import { randomUUID } from 'node:crypto';
import { listOutboxParked } from '@quadrille/db/outbox-parked';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { append, drained, type RunningRelay, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../test/support/topics.ts';
import { until } from '../../test/support/until.ts';

const hour = 3_600_000;

describe('C2: a relay whose clock is wrong', () => {
  let scratch: Scratch;
  let kafka: ScratchKafka;
  let publisher: Publisher;
  let relay: RunningRelay;
  beforeAll(async () => {
    scratch = await scratchDatabase('order');
    kafka = scratchKafka();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await relay?.stop();
    await publisher?.close();
  });
  afterAll(async () => {
    await kafka?.drop();
    await scratch?.drop();
  });

  it('C2: two hours ahead parks nothing, and publishes all in order as soon as it is right', async () => {
    const topic = await kafka.newTopic(1, { 'message.timestamp.after.max.ms': String(hour) });
    publisher = createPublisher(kafka.clientOf);
    const orders = Array.from({ length: 150 }, () => randomUUID());
    const ids = await append(scratch, ...orders.map((correlationId) => ({ topic, correlationId })));
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 2 * hour);
    relay = startRelay(scratch.pool, publisher);
    await relay.is('failing');
    await until('it is tried again', async () => relay.counts.retries >= 3);
    expect(await listOutboxParked(scratch.pool)).toEqual([]);
    expect(relay.counts).toMatchObject({ published: 0, refused: 0 });

    vi.restoreAllMocks();
    await drained(scratch);
    const records = await kafka.read(topic, (some) => some.length >= 150);
    expect(records.map(({ headers }) => String(headers.ce_id))).toEqual(ids);
    await relay.is('leading');
  });
});
