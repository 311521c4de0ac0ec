import { couponService } from '@quadrille/coupon/service';
import { orderService } from '@quadrille/order/service';
import type { ServiceDefinition } from '@quadrille/participant/definition';
import { payService } from '@quadrille/pay/service';
import { stockService } from '@quadrille/stock/service';

/** All services, and the only list of them. Everything else that names services follows from it. */
export const definitions = [orderService, stockService, couponService, payService] as const;

export type Service = (typeof definitions)[number]['name'];

export const services = definitions.map(({ name }) => name) as readonly Service[] as readonly [Service, ...Service[]];

/** Something for each service. */
export const forEachService = <Value>(make: (service: Service) => Value): Record<Service, Value> =>
  Object.fromEntries(services.map((service) => [service, make(service)])) as Record<Service, Value>;

export const definitionOf = (service: Service): ServiceDefinition<Service> => {
  const found = definitions.find(({ name }) => name === service);
  if (!found) throw new Error(`there is no service ${service}`);
  return found;
};
