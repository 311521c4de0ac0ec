import { StackError } from '@quadrille/process/errors';
import { groupPrefix, list, mysqlUrl, readSettings, SettingsError } from '@quadrille/process/settings';
import { definitions, forEachService, type Service, services } from '@quadrille/services';
import { databases, databaseUrlOf, opsDatabase } from '@quadrille/services/databases';

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
  readonly acting: Readonly<Partial<Record<Service, string>>>;
  /** What the rules of services depend on, by the names of their settings. */
  readonly rules: NodeJS.ProcessEnv;
};

/** @throws SettingsError, or StackError when the environment names no system */
export const readOpsSettings = (env: NodeJS.ProcessEnv = process.env): OpsSettings => {
  if (!env.OPS_DATABASE_URLS && !env.OPS_DATABASE_URLS_FILE)
    throw new StackError(
      'No system to look at: start one with npm start, or set OPS_DATABASE_URLS and KAFKA_BROKERS (docs/settings.md).',
    );
  const settings = readSettings(
    { OPS_DATABASE_URLS: list.pipe(mysqlUrl.array()), KAFKA_BROKERS: list, KAFKA_GROUP_PREFIX: groupPrefix },
    env,
  );
  const given: Readonly<Record<string, string | undefined>> = readSettings(
    Object.fromEntries(services.map((service) => [databaseUrlOf(service), mysqlUrl.optional()])),
    env,
  );
  const urlOf = (database: string): string => {
    const url = settings.OPS_DATABASE_URLS.find((candidate) => new URL(candidate).pathname === `/${database}`);
    if (!url) throw new SettingsError(`wrong settings in the environment: OPS_DATABASE_URLS leaves out ${database}`);
    return url;
  };
  const rules = definitions.flatMap((definition) => definition.settings).map((name) => [name, env[name]]);
  const acting = services.map((service) => [service, given[databaseUrlOf(service)]] as const);
  return {
    brokers: settings.KAFKA_BROKERS,
    groupPrefix: settings.KAFKA_GROUP_PREFIX,
    reading: forEachService((service) => urlOf(databases[service])),
    auditLog: urlOf(opsDatabase),
    acting: Object.fromEntries(acting.filter(([, url]) => url !== undefined)),
    rules: Object.fromEntries(rules.filter(([, value]) => value !== undefined)),
  };
};
