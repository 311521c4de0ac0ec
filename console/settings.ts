import { opsSettings } from '@quadrille/ops/settings';
import { asVariable } from '@quadrille/process/settings/setting';
import { tree } from '@quadrille/process/settings/tree';

/** What the console reads. */
export const consoleSettings = {
  ...tree.console,
  databaseUrl: asVariable('DATABASE_URL', tree.console.databaseUrl),
  host: tree.http.host,
  gatewayUrl: tree.gateway.url,
  token: tree.system.token,
  profiling: tree.debug.profiling,
  ops: opsSettings,
};
