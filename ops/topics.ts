import { topics } from '@quadrille/contracts/catalogue';
import { decodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { partitionOf, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import type { Cluster } from './cluster.ts';

/** An event as a topic holds it. */
export type Published = { readonly event: Event; readonly partition: number; readonly offset: string };

/** All events of an order are published within this time (ms) around its creation, as far as clocks agree. */
const margin = 60_000;

/** What the topics hold of one order; a topic has all of an order's events in one partition. */
export const readOrderFromTopics = async (
  cluster: Pick<Cluster, 'kafka' | 'groupPrefix'>,
  orderId: string,
  signal?: AbortSignal,
): Promise<Published[]> => {
  const madeAt = timeOf(orderId);
  const all = await readRanges(cluster.kafka, topics, madeAt === null ? undefined : madeAt - margin);
  const partitions = new Map(topics.map((topic) => [topic, all.filter((range) => range.topic === topic).length]));
  const ranges = all.filter(({ topic, partition }) => partition === partitionOf(orderId, partitions.get(topic) ?? 1));
  const found: Published[] = [];
  const take = (records: readonly IncomingRecord[]) => {
    for (const record of records) {
      const event = record.key?.toString() === orderId ? decoded(record) : null;
      if (event) found.push({ event, partition: record.partition, offset: record.offset });
    }
  };
  await readRecords(cluster, ranges, take, signal);
  // A relay that died before it could note what it had published has published it twice.
  return [...new Map(found.map((published) => [published.event.id, published])).values()];
};

const decoded = (record: IncomingRecord): Event | null => {
  try {
    return decodeEvent(record.topic, record);
  } catch {
    return null;
  }
};

/** When an id was made (UUIDv7), in ms; null: it does not tell. */
const timeOf = (id: string): number | null =>
  id[14] === '7' ? Number.parseInt(id.replace('-', '').slice(0, 12), 16) : null;
