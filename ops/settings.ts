import { StackError } from '@quadrille/process/errors';
import { SettingsError } from '@quadrille/process/settings/error';
import { readSettings } from '@quadrille/process/settings/read';
import { optional, type ValuesOf } from '@quadrille/process/settings/setting';
import { find, type Source, sourceOf } from '@quadrille/process/settings/source';
import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import type { TracingSettings } from '@quadrille/process/tracing/start';
import { definitionOf, forEachService, type Service } from '@quadrille/services';
import { databases, opsDatabase } from '@quadrille/services/databases';

/** What the command line reads, and the console, too. */
export const opsSettings = {
  databaseUrls: tree.ops.databaseUrls,
  brokers: tree.kafka.brokers,
  groupPrefix: tree.kafka.groupPrefix,
  acting: forEachService((service) => optional(settingsOfService(service).databaseUrl)),
  // Read once more by the rules themselves; here so that all that is wrong is said at once.
  rules: forEachService((service) => definitionOf(service).settings),
};

/** What only the command line reads; the console has it with its own settings. */
export const commandLineSettings = { ...opsSettings, tracing: tree.tracing };

/** Where everything is. */
export type OpsSettings = {
  readonly brokers: readonly string[];
  /** As the services have it: what the names of their consumer groups begin with. */
  readonly groupPrefix: string;
  /** With a user that reads. */
  readonly reading: Readonly<Record<Service, string>>;
  /** The database of the audit log; the same user writes it. */
  readonly auditLog: string;
  /** With the service's own user, for what changes its rows; not everybody who looks has them. */
  readonly acting: Readonly<Partial<Record<Service, string | undefined>>>;
  /** Where the rules of services find the settings that they depend on. */
  readonly rules: Source;
};

/** @throws SettingsError, or StackError when nothing names a system */
export const readOpsSettings = (
  env: NodeJS.ProcessEnv = process.env,
): OpsSettings & { readonly tracing: TracingSettings } => {
  const source = sourceOf(env);
  if (find(opsSettings.databaseUrls, source).from === 'nothing')
    throw new StackError(
      'No system to look at: start one with npm start, or set OPS_DATABASE_URLS and KAFKA_BROKERS (docs/settings.md).',
    );
  const { tracing, ...settings } = readSettings(commandLineSettings, source);
  return { ...opsSettingsOf(settings, source), tracing };
};

/** @throws SettingsError */
export const opsSettingsOf = (
  { databaseUrls, brokers, groupPrefix, acting }: ValuesOf<typeof opsSettings>,
  rules: Source = sourceOf(),
): OpsSettings => {
  const urlOf = (database: string): string => {
    const url = databaseUrls.find((candidate) => new URL(candidate).pathname === `/${database}`);
    if (!url) throw new SettingsError(`wrong settings in the environment: OPS_DATABASE_URLS leaves out ${database}`);
    return url;
  };
  return {
    brokers,
    groupPrefix,
    reading: forEachService((service) => urlOf(databases[service])),
    auditLog: urlOf(opsDatabase),
    acting,
    rules,
  };
};
