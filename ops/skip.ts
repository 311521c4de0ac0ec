import { topics } from '@quadrille/contracts/catalogue';
import { addSkip, readSkipped, type SkippedRange } from '@quadrille/db/skipped';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { type PartitionRange, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import type { RecordKind } from '@quadrille/participant/handle';
import { UsageError } from '@quadrille/process/errors';
import { type Service, services } from '@quadrille/services';
import { type Author, runOperation } from './audit-log.ts';
import { type Cluster, ofEach } from './cluster.ts';
import { oneOf } from './did-you-mean.ts';
import { select } from './select.ts';

/** The records of one partition that one service is to pass over; both ends included. */
export type SkipChoice = {
  readonly service: Service;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** What a range holds, as the service sees it. */
export type SkipPreview = {
  /** That Kafka still holds. */
  readonly records: number;
  readonly kinds: Readonly<Record<RecordKind, number>>;
  /** Events that the service can read, by type. */
  readonly types: Readonly<Record<string, number>>;
  /** How many of those it has processed before: skipping changes nothing about them. */
  readonly taken: number;
  /** The orders of those that it has not: they wait until an operator replays the events. */
  readonly orders: readonly string[];
};

/**
 * Reads what a range holds; writes nothing.
 * @throws UsageError when the service does not read there, or Kafka does not hold the end of the range
 */
export const previewSkip = async (cluster: Cluster, choice: SkipChoice, signal?: AbortSignal): Promise<SkipPreview> => {
  const handle = cluster.handles[choice.service];
  const kinds: Record<RecordKind, number> = { event: 0, broken: 0, unrecognized: 0, 'not subscribed': 0 };
  const types: Record<string, number> = {};
  const orders = new Set<string>();
  let [records, taken] = [0, 0];
  const take = async (some: readonly IncomingRecord[]) => {
    const judged = some.map((record) => handle.judge(record));
    const ids = judged.map(({ id }) => id);
    const found = await select<{ id: string }>(
      cluster.read[choice.service],
      'SELECT event_id AS id FROM inbox WHERE event_id IN (?)',
      [ids],
    );
    const known = new Set(found.map(({ id }) => id));
    for (const { kind, id, type, orderId } of judged) {
      records++;
      kinds[kind]++;
      if (kind !== 'event') continue;
      types[type] = (types[type] ?? 0) + 1;
      if (known.has(id)) taken++;
      else orders.add(orderId);
    }
  };
  const nonEmpty = async (some: readonly IncomingRecord[]) => {
    if (some.length > 0) await take(some);
  };
  await readRecords(cluster, [await rangeOf(cluster, choice)], nonEmpty, signal);
  return { records, kinds, types, taken, orders: [...orders] };
};

const rangeOf = async ({ kafka, handles }: Cluster, choice: SkipChoice): Promise<PartitionRange> => {
  const { service, topic, partition, from, to } = choice;
  const { topics: received } = handles[service];
  if (!received.includes(oneOf('topic', topic, topics)))
    throw new UsageError(`${service} reads nothing from ${topic}: it reads ${received.join(', ')}.`);
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}: swap them.`);
  const held = await readRanges(kafka, [topic]);
  const range = held.find((candidate) => candidate.partition === partition);
  if (!range) throw new UsageError(`${topic} has no partition ${partition}: it has 0 to ${held.length - 1}.`);
  if (BigInt(to) >= range.to || BigInt(to) < range.from)
    throw new UsageError(
      `${topic}/${partition} does not hold offset ${to}: ${range.from === range.to ? 'it is empty' : `it holds ${range.from} to ${range.to - 1n}`}. Only what is there can be skipped.`,
    );
  return { topic, partition, from: BigInt(from) < range.from ? range.from : BigInt(from), to: BigInt(to) + 1n };
};

export type SkipDone = SkipPreview & { /** The number of the range. */ readonly range: number };

/**
 * Has a service pass over a range of records, whether it runs or not. They are counted, and can be replayed.
 * @throws UsageError as `previewSkip`, and when the range is skipped already
 */
export const skip = (cluster: Cluster, choice: SkipChoice, author: Author, signal?: AbortSignal): Promise<SkipDone> => {
  const { service, topic, partition, from, to } = choice;
  const lease = `skip ${service} ${topic}/${partition}`;
  return runOperation(cluster.auditLog, { verb: 'skip', what: choice, lease }, author, async (lost) => {
    const preview = await previewSkip(cluster, choice, signal ? AbortSignal.any([signal, lost]) : lost);
    const pool = cluster.writable(service);
    const before = (await readSkipped(pool, mostShown)).find(
      (range) =>
        range.kind === 'skipped' &&
        range.topic === topic &&
        range.partition === partition &&
        range.fromOffset <= from &&
        range.toOffset >= to &&
        (range.passedTo === null || range.passedTo < range.toOffset),
    );
    if (before)
      throw new UsageError(
        `${before.decidedBy} has ${service} skip ${before.fromOffset} to ${before.toOffset} of ${topic}/${partition} already, since ${before.createdAt.toISOString()}.`,
      );
    const place = { topic, partition, fromOffset: from, toOffset: to };
    return { ...preview, range: await addSkip(pool, place, { by: author.who, why: author.why }) };
  });
};

/** More than anybody reads. */
const mostShown = 500;

export type SkippedView = SkippedRange & { readonly service: Service };

/** What services keep by its place only, the latest first. */
export const listSkipped = async ({ read }: Pick<Cluster, 'read'>): Promise<SkippedView[]> => {
  const found = await ofEach((service) => readSkipped(read[service], mostShown));
  return services.flatMap((service) => found[service].map((range) => ({ ...range, service })));
};
