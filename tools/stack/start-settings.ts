import { devNull } from 'node:os';
import { readSettings } from '@quadrille/process/settings/read';
import { optional, settingsIn, type ValuesOf } from '@quadrille/process/settings/setting';
import type { Source } from '@quadrille/process/settings/source';
import { tree } from '@quadrille/process/settings/tree';
import { allSettings } from './all-settings.ts';

/** What `npm start` reads itself: where its servers are, if it should not bring up its own, and the ports that people know. */
export const startSettings = {
  brokers: optional(tree.kafka.brokers, 'npm start brings up a Kafka of its own'),
  replication: tree.kafka.replication,
  mysqlUrl: optional(tree.setup.mysqlUrl, 'npm start brings up a database of its own'),
  gateway: tree.gateway.port,
  console: tree.console.port,
};

/** The settings of our shell that are meant for the processes. */
const passedOn = [
  ...['NODE_ENV', 'NODE_OPTIONS', 'LOG_LEVEL', 'KAFKA_GROUP_PREFIX', 'KAFKA_REPLICATION'],
  ...['ORDER_DEADLINE', 'PAYMENT_EXPIRY', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG'],
];

const pick = (env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));

/** What the processes find in their environment because our shell has it, and where their quadrille.yaml is. */
export const envForProcesses = ({ env, file }: Source): Record<string, string> => ({
  ...pick(env, passedOn),
  QUADRILLE_CONFIG: file?.place ?? devNull,
});

/** Of our shell and quadrille.yaml, what `npm start` and its processes look at. */
export const sourceOfStart = ({ env, file }: Source): Source => {
  const own = settingsIn(startSettings).flatMap((setting) => [setting.env, `${setting.env}_FILE`]);
  return { env: { NODE_ENV: 'development', ...pick(env, [...passedOn, ...own]) }, ...(file && { file }) };
};

/** @throws SettingsError that names all that is wrong, for any process: before anything is started */
export const readStartSettings = (source: Source): ValuesOf<typeof startSettings> => {
  const everything = Object.fromEntries(allSettings.map((setting) => [setting.path, optional(setting)]));
  return readSettings({ own: startSettings, everything }, sourceOfStart(source)).own as ValuesOf<typeof startSettings>;
};
