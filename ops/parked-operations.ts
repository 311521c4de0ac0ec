import { setTimeout as delay } from 'node:timers/promises';
import { mysqlStorage, type Storage } from '@quadrille/db/storage';
import { encodeHeaders, toRecord } from '@quadrille/participant/parked-event';
import { StackError, UsageError } from '@quadrille/process/errors';
import type { Service } from '@quadrille/services';
import { type Author, runOperation } from './audit-log.ts';
import type { Cluster } from './cluster.ts';
import { findParked, listParked, type ParkedDetail, type ParkedFilter, type ParkedView, showParked } from './parked.ts';
import { dryRunStorage } from './replay/dry-run-storage.ts';
import { select } from './select.ts';

/** What became of one order's queue, or would become. `stuck`: its first event failed again. `left`: how many stay parked after a discard. */
export type QueueResult = {
  readonly service: Service;
  readonly orderId: string;
  readonly discarded: number;
  readonly released: number;
  readonly stuck: { readonly seq: number; readonly cause: string } | null;
  readonly left: number;
};

export type RunLimits = {
  /** Orders in a second, at most. */
  readonly rate: number;
  /** Ends by itself after so many orders that stay stuck. */
  readonly stopAfter: number;
  readonly onResult: (result: QueueResult) => void;
  readonly signal: AbortSignal;
};

export type Operated = {
  readonly orders: number;
  readonly released: number;
  readonly stuck: number;
  readonly discarded: number;
  /** Events that stay parked behind discarded ones, until an operator retries them. */
  readonly left: number;
  readonly stopped: string | null;
};

/** Orders worked on at once grow up to this, as long as none fails. */
const mostAtOnce = 16;

/**
 * Retries the queues of all orders with a parked event that the filter fits: their events are applied in their order, by the service's own
 * code, until one fails or none is left.
 */
export const retryParked = (
  cluster: Cluster,
  filter: ParkedFilter,
  author: Author,
  runLimits: RunLimits,
): Promise<Operated> =>
  runOperation(cluster.auditLog, { verb: 'parked retry', what: filter, lease: leaseOf(filter) }, author, (lost) =>
    inBatches(queuesOf(cluster, filter), { ...runLimits, signal: AbortSignal.any([lost, runLimits.signal]) }, (view) =>
      retry(cluster, mysqlStorage(cluster.writable(view.service)), view, author),
    ),
  );

/** The dry run of that: nothing is written. */
export const dryRunRetry = (cluster: Cluster, filter: ParkedFilter, runLimits: RunLimits): Promise<Operated> =>
  inBatches(queuesOf(cluster, filter), { ...runLimits, stopAfter: Number.POSITIVE_INFINITY }, (view) =>
    retry(cluster, dryRunStorage(cluster.read[view.service]), view, { who: 'dry run', why: 'dry run' }),
  );

const retry = async (
  cluster: Cluster,
  storage: Storage,
  view: ParkedView,
  { who, why }: Author,
): Promise<QueueResult> => {
  const { service, orderId } = view;
  const { released, stuck } = await cluster.handles[service].retry(storage, orderId, { by: who, why });
  return { service, orderId, discarded: 0, released, stuck: stuck && { seq: stuck.seq, cause: stuck.cause }, left: 0 };
};

export type DiscardFilter = ParkedFilter & { readonly seq?: number | undefined };

/**
 * Gives up exactly the events that are parked now and that the filter fits, or the one that is named. Nothing is applied: what waits behind
 * them stays parked, until an operator retries it.
 */
export const discardParked = (
  cluster: Cluster,
  filter: DiscardFilter,
  author: Author,
  runLimits: RunLimits,
): Promise<Operated> =>
  runOperation(cluster.auditLog, { verb: 'parked discard', what: filter, lease: leaseOf(filter) }, author, (lost) =>
    inBatches(
      chosenOf(cluster, filter),
      { ...runLimits, signal: AbortSignal.any([lost, runLimits.signal]) },
      async ({ service, orderId, seqs }) => {
        const place = { correlationId: orderId, seqs };
        const trace = { by: author.who, why: author.why };
        const done = await cluster.handles[service].discard(mysqlStorage(cluster.writable(service)), place, trace);
        return { service, orderId, released: 0, stuck: null, ...done };
      },
    ),
  );

/** The dry run of that: nothing is written. */
export const dryRunDiscard = (cluster: Cluster, filter: DiscardFilter, runLimits: RunLimits): Promise<Operated> =>
  inBatches(chosenOf(cluster, filter), runLimits, async ({ service, orderId, seqs }) => {
    const queue = await select(cluster.read[service], 'SELECT 1 FROM parked WHERE correlation_id = ?', [orderId]);
    const left = queue.length - seqs.length;
    return { service, orderId, discarded: seqs.length, released: 0, stuck: null, left };
  });

/** What to change about a parked event. Headers are set one by one; null takes one away. */
export type ParkedChange = {
  readonly payload?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string | null>> | undefined;
};

/** Changes a parked event, which stays parked; what it was is kept. */
export const editParked = async (
  cluster: Cluster,
  { service, seq }: { service: Service; seq: number },
  change: ParkedChange,
  author: Author,
): Promise<ParkedDetail> => {
  const event = await findParked(cluster, service, seq);
  const { payload, key, headers } = change;
  if (payload === undefined && key === undefined && headers === undefined)
    throw new UsageError('Nothing to change: name --payload, --key or --header.');
  // Without a prototype, as they came: a header may be named `__proto__`.
  const kept: Record<string, Buffer | string | (Buffer | string)[] | undefined> = Object.assign(
    Object.create(null),
    toRecord(event).headers,
  );
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value === null) delete kept[name];
    else kept[name] = value;
  const edit = {
    ...(payload !== undefined && { payload: Buffer.from(payload) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(headers && { headers: encodeHeaders(kept) }),
  };
  const what = { service, seq, orderId: event.correlationId, change };
  await runOperation(
    cluster.auditLog,
    { verb: 'parked edit', what, lease: `parked edit ${service} ${seq}` },
    author,
    async () => {
      const trace = { by: author.who, why: author.why };
      await cluster.handles[service].edit(mysqlStorage(cluster.writable(service)), event, edit, trace);
      return { edited: seq };
    },
  );
  return showParked(cluster, service, seq);
};

const leaseOf = (filter: ParkedFilter): string => `parked ${filter.service ?? 'all'}`;

/** Each order's queue once. */
async function* queuesOf(cluster: Cluster, filter: ParkedFilter): AsyncGenerator<ParkedView> {
  const seen = new Set<string>();
  for await (const view of listParked(cluster, filter)) {
    const queue = `${view.service} ${view.orderId}`;
    if (!seen.has(queue)) yield view;
    seen.add(queue);
  }
}

/** Events of one order's queue. */
type Chosen = Pick<ParkedView, 'service' | 'orderId'> & { readonly seqs: number[] };

/** What the filter matches now: what is parked while the operation runs was not chosen by the operator. */
async function* chosenOf(cluster: Cluster, { seq, ...filter }: DiscardFilter): AsyncGenerator<Chosen> {
  if (seq !== undefined && filter.service) {
    const event = await findParked(cluster, filter.service, seq);
    return yield { service: filter.service, orderId: event.correlationId, seqs: [seq] };
  }
  const queues = new Map<string, Chosen>();
  for await (const { service, orderId, seq } of listParked(cluster, filter)) {
    const queue = queues.get(`${service} ${orderId}`) ?? { service, orderId, seqs: [] };
    queue.seqs.push(seq);
    queues.set(`${service} ${orderId}`, queue);
  }
  yield* queues.values();
}

/** One at first, then two at once, four ... and one again after one that stays stuck. */
const inBatches = async <Item>(
  items: AsyncGenerator<Item>,
  { rate, stopAfter, onResult, signal }: RunLimits,
  work: (item: Item) => Promise<QueueResult>,
): Promise<Operated> => {
  let acted: Operated = { orders: 0, released: 0, stuck: 0, discarded: 0, left: 0, stopped: null };
  let size = 1;
  for (let over = false; !over && !acted.stopped; ) {
    const batch: Item[] = [];
    while (batch.length < size && !over) {
      const next = await items.next();
      if (next.done) over = true;
      else batch.push(next.value);
    }
    const result = await Promise.all(batch.map(work));
    for (const each of result) {
      onResult(each);
      acted = {
        orders: acted.orders + 1,
        released: acted.released + each.released,
        stuck: acted.stuck + (each.stuck ? 1 : 0),
        discarded: acted.discarded + each.discarded,
        left: acted.left + each.left,
        stopped: null,
      };
    }
    const failure = result.find(({ stuck }) => stuck);
    size = failure ? 1 : Math.min(mostAtOnce, size * 2);
    if (failure && acted.stuck >= stopAfter)
      acted = {
        ...acted,
        stopped: `order ${failure.orderId} stays stuck in ${failure.service}: ${failure.stuck?.cause}`,
      };
    else if (signal.aborted)
      acted = {
        ...acted,
        stopped: signal.reason instanceof StackError ? signal.reason.message : 'it was asked to stop',
      };
    else if (!over) await delay((batch.length / rate) * 1_000, undefined, { signal }).catch(() => {});
  }
  return acted;
};
