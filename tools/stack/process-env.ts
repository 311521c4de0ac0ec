import { createHmac } from 'node:crypto';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { urlFor } from '@quadrille/db/url';
import { type Credentials, type NamedUser, sideUser } from '@quadrille/deploy/provision';
import { definitionOf, forEachService, publicApis, type Service, services, servicesWithApi } from '@quadrille/services';
import { consoleDatabase, databases, databaseUrlOf, opsDatabase, sideDatabases } from '@quadrille/services/databases';
import { cacheFolder } from './cache.ts';

/** What orders need. */
export type ProcessName = 'relay' | Service | 'gateway' | 'console';
export const sagaProcesses: readonly ProcessName[] = ['relay', ...services, 'gateway'];
export const processNames: readonly ProcessName[] = [...sagaProcesses, 'console'];

export type Ports = Record<ProcessName, number>;

export const isProcessName = (name: string): name is ProcessName => {
  return processNames.some((known) => known === name);
};

export const entries: Record<ProcessName, string> = {
  relay: 'outbox-relay/main.ts',
  ...forEachService((service) => `services/${service}/main.ts`),
  gateway: 'gateway/main.ts',
  console: 'console/main.ts',
};

export type ProcessSettings = {
  brokers: readonly string[];
  /** Where the database is; its user and password are left out. */
  mysqlUrl: string;
  credentials: Credentials;
  /** 0, for the process itself: any free port. */
  ports: Ports;
  /** Whatever else a process should find in its environment (ORDER_DEADLINE, LOG_LEVEL, NODE_OPTIONS ...). */
  env?: Record<string, string>;
};

/** The whole environment of a process: nothing of ours leaks in, and secrets are nowhere else. */
export const processEnv = (name: ProcessName, settings: ProcessSettings): Record<string, string> => {
  return {
    ...inherited(),
    NODE_ENV: 'development',
    HTTP_HOST: '127.0.0.1',
    // No quadrille.yaml of this folder, unless the caller names it.
    QUADRILLE_CONFIG: devNull,
    // What is compiled once need not be again: a third off the start of a process, and 35 MB of its memory.
    NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled'),
    ...ownSettings(name, settings),
    ...settings.env,
  };
};

const inherited = (): Record<string, string> => {
  const { PATH, HOME, TZ } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TZ && { TZ }) };
};

const ownSettings = (name: ProcessName, settings: ProcessSettings): Record<string, string> => {
  const { brokers, ports } = settings;
  const common = { HTTP_PORT: String(ports[name]), KAFKA_BROKERS: brokers.join(',') };
  switch (name) {
    case 'gateway':
      return {
        GATEWAY_PORT: String(ports.gateway),
        SYSTEM_TOKEN: systemToken(settings.credentials),
        // Any free port.
        METRICS_PORT: '0',
        ...Object.fromEntries(
          servicesWithApi.map((service) => [`${service.toUpperCase()}_URL`, `http://127.0.0.1:${ports[service]}`]),
        ),
        ...(publicApis.length > 0 && { PUBLIC_APIS: publicApis.join(',') }),
      };
    case 'relay':
      return {
        ...common,
        DATABASE_URLS: services.map((service) => databaseUrl(settings, 'relay', databases[service])).join(','),
      };
    case 'console':
      return {
        CONSOLE_PORT: String(ports.console),
        METRICS_PORT: '0',
        KAFKA_BROKERS: brokers.join(','),
        DATABASE_URL: databaseUrl(settings, 'console', consoleDatabase),
        SYSTEM_TOKEN: systemToken(settings.credentials),
        GATEWAY_URL: `http://127.0.0.1:${ports.gateway}`,
        OPS_DATABASE_URLS: [...Object.values(databases), opsDatabase]
          .map((database) => databaseUrl(settings, 'ops', database))
          .join(','),
        ...Object.fromEntries(
          services.map((service) => [databaseUrlOf(service), databaseUrl(settings, service, databases[service])]),
        ),
      };
    default:
      return {
        ...common,
        DATABASE_URL: databaseUrl(settings, name, databases[name]),
        SYSTEM_TOKEN: systemToken(settings.credentials),
        ...Object.fromEntries(
          sideDatabases
            .filter(({ of }) => of === name)
            .map((each) => [
              each.setting.env,
              urlFor(settings.mysqlUrl, sideUser(settings.credentials, each.name), each.database),
            ]),
        ),
        ...definitionOf(name).development?.({
          gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
          secret: (purpose) => secretOf(settings.credentials, name, purpose),
        }),
      };
  }
};

/** Another one for each data folder, as its passwords are, and the same after a restart. */
const secretOf = (credentials: Credentials, user: NamedUser, purpose: string): string => {
  return createHmac('sha256', credentials[user].password).update(purpose).digest('hex');
};

/** The token of the stack that runs on a data folder. */
export const systemToken = (credentials: Credentials): string => {
  return secretOf(credentials, 'relay', 'system token');
};

const databaseUrl = ({ mysqlUrl, credentials }: ProcessSettings, name: NamedUser, database: string): string =>
  urlFor(mysqlUrl, credentials[name], database);
