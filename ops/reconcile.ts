import { groupOf } from '@quadrille/kafka/groups';
import {
  type Missed,
  type Reconciled,
  reconcile as reconcileOutbox,
  type Subscriber,
} from '@quadrille/outbox-relay/reconcile';
import { type Service, services } from '@quadrille/services';
import { type Author, actOnce } from './ledger.ts';
import { findReceived } from './received.ts';
import type { Site } from './site.ts';
import { hearersOf } from './story.ts';

export type ReconcileOptions = {
  /** Looks at events made since then only. */
  readonly since: Date | null;
  readonly onMissed: (service: Service, event: Missed) => void;
  readonly onProgress: (service: Service, reconciled: Reconciled) => void;
};

export type ReconcileReport = Readonly<Record<Service, Reconciled>>;

/** Compares what every outbox has published with what Kafka holds and the services have received, and changes nothing. */
export const findMissed = (site: Site, options: ReconcileOptions): Promise<ReconcileReport> =>
  compare(site, options, false);

/** The same, and publishes again what a broker has lost or a service was made to skip, if somebody still misses it. */
export const reconcile = (site: Site, author: Author, options: ReconcileOptions): Promise<ReconcileReport> =>
  actOnce(site.ledger, { verb: 'reconcile', what: { since: options.since }, lease: 'reconcile' }, author, (signal) => {
    const onProgress: ReconcileOptions['onProgress'] = (service, soFar) => {
      signal.throwIfAborted();
      options.onProgress(service, soFar);
    };
    return compare(site, { ...options, onProgress }, true);
  });

const compare = async (site: Site, options: ReconcileOptions, publishes: boolean): Promise<ReconcileReport> => {
  const { since, onMissed, onProgress } = options;
  const { kafka, groupPrefix } = site;
  const publisher = publishes ? site.publisher() : null;
  try {
    const reports: [Service, Reconciled][] = [];
    for (const service of services) {
      const reconciled = await reconcileOutbox({
        ...{ pool: site.read[service], kafka, groupPrefix, publisher, since },
        subscribersOf: (type) => hearersOf(site.handles, type).map((hearer) => subscriber(site, hearer)),
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

const subscriber = ({ groupPrefix, read }: Site, name: Service): Subscriber => ({
  name,
  groupId: groupOf(groupPrefix, name),
  received: (events) => findReceived(read[name], events),
});
