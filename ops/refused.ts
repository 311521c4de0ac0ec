import {
  discardOutboxParked,
  listOutboxParked,
  type OutboxParked,
  releaseOutboxParked,
} from '@quadrille/db/outbox-parked';
import { UsageError } from '@quadrille/stack/errors';
import { type Service, services } from '@quadrille/stack/setup';
import { type Author, actOnce } from './ledger.ts';
import type { Site } from './site.ts';

/** An event of an outbox that Kafka refuses, or one that waits behind such; or the trace of one. */
export type Refused = OutboxParked & { readonly service: Service };

/** @param all also what was published or discarded since */
export const listRefused = async ({ read }: Pick<Site, 'read'>, all: boolean): Promise<Refused[]> => {
  const found: Refused[] = [];
  for (const service of services)
    for (const event of await listOutboxParked(read[service]))
      if (all || event.status === 'refused' || event.status === 'waiting') found.push({ ...event, service });
  return found;
};

/**
 * Decides about an event that Kafka refuses: `release` has the relay publish it again, and then those behind it; `discard` gives it up.
 * @throws UsageError when there is no refused event with this number
 */
export const decideRefused = (
  site: Site,
  decision: 'release' | 'discard',
  { service, seq }: { service: Service; seq: number },
  author: Author,
): Promise<{ readonly service: Service; readonly seq: number }> => {
  const lease = `refused ${service} ${seq}`;
  return actOnce(site.ledger, { verb: `refused ${decision}`, what: { service, seq }, lease }, author, async () => {
    const decide = decision === 'release' ? releaseOutboxParked : discardOutboxParked;
    if (!(await decide(site.act(service), seq, { by: author.who, why: author.why })))
      throw new UsageError(`Kafka refuses no event ${seq} of ${service}: quadrille refused list shows what there is.`);
    return { service, seq };
  });
};
