import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import { forEachUpstream } from './upstreams.ts';

const { url: _, ...own } = tree.gateway;

/** What the gateway reads; and then the URLs of `publicApis`. */
export const gatewaySettings = {
  ...own,
  ...tree.http,
  ...tree.calls,
  oidc: tree.oidc,
  token: tree.system.token,
  profiling: tree.debug.profiling,
  order: settingsOfService('order').url,
  upstreams: forEachUpstream((name) => settingsOfService(name).url),
};
