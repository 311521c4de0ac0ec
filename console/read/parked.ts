import type { Cluster } from '@quadrille/ops/cluster';
import { listParked, type ParkedFilter, type ParkedView } from '@quadrille/ops/parked';
import { services } from '@quadrille/services';
import { answerOf, refuseIfAll, type Source, type Sources } from '../web/source.ts';

/** More than a person goes through. */
export const mostParked = 200;

/** The beginning of what is parked, the oldest first in each service; `more`: there is more. `away`: what is parked there is not known. */
export type ParkedList = {
  readonly parked: readonly ParkedView[];
  readonly more: boolean;
  readonly away: readonly Source[];
};

/** @throws SourceAway when no service's database answers */
export const readSomeParked = async (cluster: Cluster, sources: Sources, filter: ParkedFilter): Promise<ParkedList> => {
  const asked = services.filter((service) => filter.service === undefined || filter.service === service);
  const parts = await Promise.all(
    asked.map((service) => answerOf(sources[service], () => firstOf(listParked(cluster, { ...filter, service })))),
  );
  const away = asked.flatMap((service, index) => (parts[index] === null ? [sources[service]] : []));
  refuseIfAll(
    away,
    asked.map((service) => sources[service]),
  );
  const found = parts.flatMap((part) => part ?? []);
  return { parked: found.slice(0, mostParked), more: found.length > mostParked, away };
};

const firstOf = async (views: AsyncGenerator<ParkedView>): Promise<ParkedView[]> => {
  const first: ParkedView[] = [];
  for await (const view of views) {
    first.push(view);
    if (first.length > mostParked) break;
  }
  return first;
};
