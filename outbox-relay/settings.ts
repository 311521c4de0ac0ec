import { optional } from '@quadrille/process/settings/setting';
import { tree } from '@quadrille/process/settings/tree';

/** What the relay reads. */
export const relaySettings = {
  ...tree.relay,
  brokers: tree.kafka.brokers,
  replication: tree.kafka.replication,
  host: tree.http.host,
  profiling: tree.debug.profiling,
  token: optional(tree.system.token, 'none, and no profiles'),
};
