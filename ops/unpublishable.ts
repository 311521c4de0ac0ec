import {
  discardOutboxParked,
  listOutboxParked,
  type OutboxParked,
  retryOutboxParked,
} from '@quadrille/db/outbox-parked';
import { UsageError } from '@quadrille/process/errors';
import { type Service, services } from '@quadrille/services';
import { type Author, runOperation } from './audit-log.ts';
import type { Cluster } from './cluster.ts';

/** An event of an outbox that Kafka refuses, or one that waits behind such; or the trace of one. */
export type Refused = OutboxParked & { readonly service: Service };

/** @param all also what was published or discarded since */
export const listUnpublishable = async ({ read }: Pick<Cluster, 'read'>, all: boolean): Promise<Refused[]> => {
  const found: Refused[] = [];
  for (const service of services)
    for (const event of await listOutboxParked(read[service]))
      if (all || event.status === 'refused' || event.status === 'waiting') found.push({ ...event, service });
  return found;
};

/** Which refused events; all that is left out fits. */
export type UnpublishableFilter = {
  readonly service?: Service | undefined;
  readonly seq?: number | undefined;
  readonly topic?: string | undefined;
  /** A part of the cause. */
  readonly cause?: string | undefined;
};

/** Refused events that fit, without those that wait behind them. */
export const findUnpublishable = async (
  cluster: Pick<Cluster, 'read'>,
  filter: UnpublishableFilter,
): Promise<Refused[]> => {
  const { service, seq, topic, cause } = filter;
  const found = await listUnpublishable(cluster, false);
  return found.filter(
    (event) =>
      event.status === 'refused' &&
      (service === undefined || event.service === service) &&
      (seq === undefined || event.seq === seq) &&
      (topic === undefined || event.topic === topic) &&
      (cause === undefined || event.cause?.toLowerCase().includes(cause.toLowerCase())),
  );
};

/** Has the relay publish the refused events that fit again, and then those that wait behind them. @returns how many were refused */
export const retryUnpublishable = (
  cluster: Cluster,
  filter: UnpublishableFilter,
  author: Author,
): Promise<{ readonly released: number }> => {
  const lease = `unpublishable retry ${filter.service ?? 'all'}`;
  return runOperation(cluster.auditLog, { verb: 'unpublishable retry', what: filter, lease }, author, async () => {
    const found = await findUnpublishable(cluster, filter);
    if (found.length === 0 && filter.service !== undefined && filter.seq !== undefined)
      throw noSuch(filter.service, filter.seq);
    let released = 0;
    for (const [service, events] of Map.groupBy(found, (event) => event.service)) {
      const seqs = events.map(({ seq }) => seq);
      released += await retryOutboxParked(cluster.writable(service), seqs, { by: author.who, why: author.why });
    }
    return { released };
  });
};

/**
 * Gives up an event that Kafka refuses; those behind it are published.
 * @throws UsageError when there is no refused event with this number
 */
export const discardUnpublishable = (
  cluster: Cluster,
  { service, seq }: { service: Service; seq: number },
  author: Author,
): Promise<{ readonly service: Service; readonly seq: number }> => {
  const lease = `refused ${service} ${seq}`;
  return runOperation(
    cluster.auditLog,
    { verb: 'refused discard', what: { service, seq }, lease },
    author,
    async () => {
      if (!(await discardOutboxParked(cluster.writable(service), seq, { by: author.who, why: author.why })))
        throw noSuch(service, seq);
      return { service, seq };
    },
  );
};

const noSuch = (service: Service, seq: number): UsageError =>
  new UsageError(`Kafka refuses no event ${seq} of ${service}: quadrille refused list shows what there is.`);
