import { type Service, services } from './index.ts';

/** One database and one user for each service, a user for the relay, and one for people who look. */
export const databases = Object.fromEntries(services.map((service) => [service, `eshop_${service}`])) as Readonly<
  Record<Service, string>
>;

/** The ledger of `npm run ops`, and nothing that a service needs. */
export const opsDatabase = 'eshop_ops';

/** What the console reads out of events; all of it can be made anew. */
export const consoleDatabase = 'eshop_console';
