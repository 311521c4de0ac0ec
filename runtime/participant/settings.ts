import { asVariable } from '@quadrille/process/settings/setting';
import { settingsOfService, tree } from '@quadrille/process/settings/tree';

/** What the process of every service reads. */
export const serviceSettings = (name: string) => {
  const { databaseUrl, port } = settingsOfService(name);
  return {
    databaseUrl: asVariable('DATABASE_URL', databaseUrl),
    brokers: tree.kafka.brokers,
    groupPrefix: tree.kafka.groupPrefix,
    ...tree.http,
    ...tree.calls,
    port,
    token: tree.system.token,
    profiling: tree.debug.profiling,
  };
};
