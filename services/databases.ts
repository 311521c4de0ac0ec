import type { SideDatabase } from '@quadrille/participant/definition';
import { settingsOfService } from '@quadrille/process/settings/tree';
import { definitions, forEachService, type Service } from './index.ts';

/** One database and one user for each service, a user for the relay, and one for people who look. */
export const databases: Readonly<Record<Service, string>> = forEachService((service) => `eshop_${service}`);

/** Databases that are no service's, though they are used from its process. */
export const sideDatabases: readonly (SideDatabase & { readonly of: Service; readonly database: string })[] =
  definitions.flatMap(({ name: of, sideDatabase }) =>
    sideDatabase ? [{ ...sideDatabase, of, database: `eshop_${sideDatabase.name}` }] : [],
  );

/** The setting by which others than the service itself get the URL of its database, with the user of the service. */
export const databaseUrlOf = (service: Service): string => settingsOfService(service).databaseUrl.env;

/** The audit log of `npm run ops`, and nothing that a service needs. */
export const opsDatabase = 'eshop_ops';

/** What the console reads out of events; all of it can be made anew. */
export const consoleDatabase = 'eshop_console';
