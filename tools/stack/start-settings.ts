import { devNull } from 'node:os';
import { readSettings } from '@quadrille/process/settings/read';
import { optional, type ValuesOf } from '@quadrille/process/settings/setting';
import type { Source } from '@quadrille/process/settings/source';
import { tree } from '@quadrille/process/settings/tree';
import { allSettings } from './all-settings.ts';

/** What `npm start` reads itself: where its servers are, if it should not bring up its own, and the ports that people know. */
const startSettings = {
  brokers: optional(tree.kafka.brokers),
  replication: tree.kafka.replication,
  mysqlUrl: optional(tree.setup.mysqlUrl),
  gateway: tree.gateway.port,
  console: tree.console.port,
};

/** @throws SettingsError that names all that is wrong, for any process: before anything is started */
export const readStartSettings = (source: Source): ValuesOf<typeof startSettings> => {
  const everything = Object.fromEntries(allSettings.map((setting) => [setting.path, optional(setting)]));
  return readSettings({ own: startSettings, everything }, source).own as ValuesOf<typeof startSettings>;
};

/** What the processes find in their environment because our shell has it, and where their quadrille.yaml is. */
export const passedOn = ({ env, file }: Source): Record<string, string> => {
  const given = [
    'NODE_ENV',
    'NODE_OPTIONS',
    'LOG_LEVEL',
    'KAFKA_GROUP_PREFIX',
    'KAFKA_REPLICATION',
    'ORDER_DEADLINE',
    'PAYMENT_EXPIRY',
  ].flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return { ...Object.fromEntries(given), QUADRILLE_CONFIG: file?.place ?? devNull };
};
