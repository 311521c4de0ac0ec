import { decodeEvent } from '@quadrille/contracts/cloudevents';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { type PartitionRange, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import { UsageError } from '@quadrille/process/errors';
import type { Cluster } from '../cluster.ts';
import { select } from '../select.ts';
import { type Selection, typesOf } from './selection.ts';
import type { Selected, Source } from './source.ts';

/** An event may have been published this much (ms) before or after the moment its database says. */
const margin = 60_000;

/** The events of a selection, from the topic that it names. Of a partition the order is kept, so of an order it is. */
export const topicSource =
  (cluster: Cluster, selection: Selection & { readonly topic: string }): Source =>
  async (cursor, take, signal) => {
    const ranges = await rangesOf(cluster, selection);
    const next = new Map(ranges.map(({ partition, from }) => [String(partition), from]));
    for (const [partition, offset] of Object.entries(cursor ?? {})) next.set(partition, BigInt(offset));
    const left = ranges.map((range) => ({ ...range, from: next.get(String(range.partition)) ?? range.from }));
    const isWanted = wanted(cluster, selection);
    await readRecords(
      cluster,
      left,
      async (records) => {
        const last = records.at(-1);
        if (!last) return;
        const events = await isWanted(records.flatMap(toSelected));
        next.set(String(last.partition), BigInt(last.offset) + 1n);
        await take(events, Object.fromEntries([...next].map(([partition, offset]) => [partition, String(offset)])));
      },
      signal,
    );
  };

const rangesOf = async ({ kafka }: Cluster, selection: Selection & { topic: string }): Promise<PartitionRange[]> => {
  const { topic, partition, firstOffset, lastOffset, from } = selection;
  const held = await readRanges(kafka, [topic], from === undefined ? undefined : Date.parse(from) - margin);
  if (partition === undefined) return held;
  const range = held.find((candidate) => candidate.partition === partition);
  if (!range) throw new UsageError(`${topic} has no partition ${partition}: it has 0 to ${held.length - 1}.`);
  if (firstOffset === undefined) return [range];
  const first = BigInt(firstOffset);
  const to = lastOffset === undefined ? range.to : BigInt(lastOffset) + 1n;
  if (first < range.from || first >= range.to)
    throw new UsageError(
      `${topic}/${partition} does not hold offset ${firstOffset}: ${range.from === range.to ? 'it is empty.' : `it holds ${range.from} to ${range.to - 1n}.`}`,
    );
  return [{ ...range, from: first, to: to < range.to ? to : range.to }];
};

/** What is no event of ours is passed over: `tail` shows such things, a replay leaves them alone. */
const toSelected = (record: IncomingRecord): Selected[] => {
  try {
    const { id, type, correlationId, time } = decodeEvent(record.topic, record);
    return [{ id, type, orderId: correlationId, time, record }];
  } catch {
    return [];
  }
};

const wanted = ({ read, handles }: Cluster, selection: Selection) => {
  const types = new Set(typesOf(selection, handles[selection.to]));
  const { orderIds, userId, reason, from, until } = selection;
  const orders = orderIds && new Set(orderIds);
  return async (events: readonly Selected[]): Promise<Selected[]> => {
    const some = events.filter(
      ({ type, orderId, time }) =>
        types.has(type) && (!orders || orders.has(orderId)) && (!from || time >= from) && (!until || time <= until),
    );
    if (some.length === 0 || (userId === undefined && reason === undefined)) return some;
    const found = await select<{ id: string }>(
      read.order,
      `SELECT order_id AS id FROM orders WHERE order_id IN (?)
       ${userId === undefined ? '' : 'AND user_id = ?'} ${reason === undefined ? '' : 'AND reason_code = ?'}`,
      [some.map(({ orderId }) => orderId), ...[userId, reason].filter((value) => value !== undefined)],
    );
    const ids = new Set(found.map(({ id }) => id));
    return some.filter(({ orderId }) => ids.has(orderId));
  };
};
