import { publishers } from '@quadrille/contracts/generated/publishers';
import type { ServiceDefinition } from '@quadrille/participant/definition';
import * as list from './list.ts';

type Definition = (typeof list)[keyof typeof list];
export type Service = Definition['name'];

const placeInSaga = ({ name }: Definition): number => {
  const place = (publishers as readonly string[]).indexOf(name);
  return place === -1 ? publishers.length : place;
};

/** All services, in the order of the saga; those that publish nothing come last. */
export const definitions: readonly Definition[] = Object.values(list).sort(
  (one, other) => placeInSaga(one) - placeInSaga(other),
);

export const services = definitions.map(({ name }) => name) as readonly Service[] as readonly [Service, ...Service[]];

/** Something for each service. */
export const forEachService = <Value>(make: (service: Service) => Value): Record<Service, Value> =>
  Object.fromEntries(services.map((service) => [service, make(service)])) as Record<Service, Value>;

export const definitionOf = (service: Service): ServiceDefinition<Service> => {
  const found = definitions.find(({ name }) => name === service);
  if (!found) throw new Error(`there is no service ${service}`);
  return found;
};

/** The services that the gateway reaches by HTTP. */
export const servicesWithApi: readonly Service[] = services.filter((service) => definitionOf(service).api);

/** Those of them to which it hands all calls under their name. */
export const publicApis: readonly Service[] = services.filter((service) => definitionOf(service).api === 'public');
