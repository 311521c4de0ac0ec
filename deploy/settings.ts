import { asVariable } from '@quadrille/process/settings/setting';
import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import { forEachService } from '@quadrille/services';
import { sideDatabases } from '@quadrille/services/databases';

/** What the setup reads. */
export const setupSettings = {
  mysqlUrl: tree.setup.mysqlUrl,
  brokers: tree.kafka.brokers,
  replication: tree.kafka.replication,
  relay: asVariable('RELAY_DATABASE_URLS', tree.relay.databaseUrls),
  ops: tree.ops.databaseUrls,
  console: tree.console.databaseUrl,
  services: forEachService((service) => settingsOfService(service).databaseUrl),
  sideDatabases: Object.fromEntries(sideDatabases.map(({ name, setting }) => [name, setting])),
};
