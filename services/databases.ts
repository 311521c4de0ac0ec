import { forEachService, type Service } from './index.ts';

/** One database and one user for each service, a user for the relay, and one for people who look. */
export const databases: Readonly<Record<Service, string>> = forEachService((service) => `eshop_${service}`);

/** The setting by which others than the service itself get the URL of its database, with the user of the service. */
export const databaseUrlOf = (service: Service): string => `${service.toUpperCase()}_DATABASE_URL`;

/** The ledger of `npm run ops`, and nothing that a service needs. */
export const opsDatabase = 'eshop_ops';

/** What the console reads out of events; all of it can be made anew. */
export const consoleDatabase = 'eshop_console';
