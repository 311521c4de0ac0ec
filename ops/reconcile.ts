import type { PublishedEvent } from '@quadrille/db/outbox-history';
import { type Reconciled, reconcile as reconcileOutbox } from '@quadrille/outbox-relay/reconcile';
import { type Service, services } from '@quadrille/stack/setup';
import { type Author, actOnce } from './ledger.ts';
import type { Site } from './site.ts';
import { hearersOf } from './story.ts';

export type ReconcileOptions = {
  /** Looks at events made since then only. */
  readonly since: Date | null;
  readonly onLost: (service: Service, event: PublishedEvent) => void;
  readonly onProgress: (service: Service, reconciled: Reconciled) => void;
};

export type ReconcileReport = Readonly<Record<Service, Reconciled>>;

/** Compares what every outbox has published with what Kafka holds and the inboxes have taken in, and changes nothing. */
export const findLost = (site: Site, options: ReconcileOptions): Promise<ReconcileReport> =>
  compare(site, options, false);

/** The same, and publishes again what a broker has lost and somebody still misses. */
export const reconcile = (site: Site, author: Author, options: ReconcileOptions): Promise<ReconcileReport> =>
  actOnce(site.ledger, { verb: 'reconcile', what: { since: options.since }, lease: 'reconcile' }, author, (signal) => {
    const onProgress: ReconcileOptions['onProgress'] = (service, soFar) => {
      signal.throwIfAborted();
      options.onProgress(service, soFar);
    };
    return compare(site, { ...options, onProgress }, true);
  });

const compare = async (site: Site, options: ReconcileOptions, publishes: boolean): Promise<ReconcileReport> => {
  const { since, onLost, onProgress } = options;
  const publisher = publishes ? site.publisher() : null;
  try {
    const reports: [Service, Reconciled][] = [];
    for (const service of services) {
      const reconciled = await reconcileOutbox({
        ...{ pool: site.read[service], kafka: site.kafka, publisher, since },
        hearersOf: (type) => hearersOf(site.members, type).map((hearer) => site.read[hearer]),
        onLost: (event) => onLost(service, event),
        onProgress: (soFar) => onProgress(service, soFar),
      });
      reports.push([service, reconciled]);
    }
    return Object.fromEntries(reports) as ReconcileReport;
  } finally {
    await publisher?.close();
  }
};
