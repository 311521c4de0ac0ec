import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import { forEachUpstream } from './upstreams.ts';

const { port, metricsPort, publicUrl, publicApis, login, apiKeys } = tree.gateway;

/** What the gateway reads; and then the URLs of `publicApis`. */
export const gatewaySettings = {
  ...{ port, metricsPort, publicUrl, publicApis, login, apiKeys },
  oidc: tree.oidc,
  host: tree.http.host,
  token: tree.system.token,
  order: settingsOfService('order').url,
  upstreams: forEachUpstream((name) => settingsOfService(name).url),
};
