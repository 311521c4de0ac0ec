import { groupOf } from '@quadrille/kafka/groups';
import {
  type Missed,
  type Reconciled,
  reconcile as reconcileOutbox,
  type Subscriber,
} from '@quadrille/outbox-relay/reconcile';
import { type Service, services } from '@quadrille/services';
import { type Author, runOperation } from './audit-log.ts';
import type { Cluster } from './cluster.ts';
import { findReceived } from './received.ts';
import { subscribersOf } from './timeline.ts';

export type ReconcileOptions = {
  /** Looks at events made since then only. */
  readonly since: Date | null;
  readonly onMissed: (service: Service, event: Missed) => void;
  readonly onProgress: (service: Service, reconciled: Reconciled) => void;
};

export type ReconcileReport = Readonly<Record<Service, Reconciled>>;

/** Compares what every outbox has published with what Kafka holds and the services have received, and changes nothing. */
export const findMissed = (cluster: Cluster, options: ReconcileOptions): Promise<ReconcileReport> =>
  compare(cluster, options, false);

/** The same, and publishes again what a broker has lost or a service was made to skip, if a service has still not received it. */
export const reconcile = (cluster: Cluster, author: Author, options: ReconcileOptions): Promise<ReconcileReport> =>
  runOperation(
    cluster.auditLog,
    { verb: 'reconcile', what: { since: options.since }, lease: 'reconcile' },
    author,
    (signal) => {
      const onProgress: ReconcileOptions['onProgress'] = (service, soFar) => {
        signal.throwIfAborted();
        options.onProgress(service, soFar);
      };
      return compare(cluster, { ...options, onProgress }, true);
    },
  );

const compare = async (cluster: Cluster, options: ReconcileOptions, publishes: boolean): Promise<ReconcileReport> => {
  const { since, onMissed, onProgress } = options;
  const { kafka, groupPrefix } = cluster;
  const publisher = publishes ? cluster.publisher() : null;
  try {
    const reports: [Service, Reconciled][] = [];
    for (const service of services) {
      const reconciled = await reconcileOutbox({
        ...{ pool: cluster.read[service], kafka, groupPrefix, publisher, since },
        subscribersOf: (type) => subscribersOf(cluster.handles, type).map((hearer) => subscriber(cluster, hearer)),
        onMissed: (event) => onMissed(service, event),
        onProgress: (soFar) => onProgress(service, soFar),
      });
      reports.push([service, reconciled]);
    }
    return Object.fromEntries(reports) as ReconcileReport;
  } finally {
    await publisher?.close();
  }
};

const subscriber = ({ groupPrefix, read }: Cluster, name: Service): Subscriber => ({
  name,
  groupId: groupOf(groupPrefix, name),
  received: (events) => findReceived(read[name], events),
});
