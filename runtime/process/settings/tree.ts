import { z } from 'zod';
import { systemToken } from '../system-token.ts';
import { consoleGroup } from './console.ts';
import { gateway, oidc } from './gateway.ts';
import { group, optional, setting } from './setting.ts';
import {
  count,
  countOrOff,
  duration,
  durationOrOff,
  groupPrefix,
  httpUrl,
  list,
  logLevel,
  mysqlUrl,
  mysqlUrls,
  onOff,
  port,
  share,
} from './types.ts';

/*
 * The settings of all processes. Each process reads some of them, by its file `settings.ts`; the documents are generated from both.
 * A service declares its own in its manifest.
 */

const kafka = group('kafka', {
  brokers: setting({
    env: 'KAFKA_BROKERS',
    type: list,
    says: "Kafka's addresses, `HOST:PORT` with commas between.",
  }),
  replication: optional(
    setting({
      env: 'KAFKA_REPLICATION',
      type: count,
      says: 'How many brokers hold each event. An event counts when two of them have it, wherever there are two.',
    }),
    '3, or as many as there are',
  ),
  groupPrefix: setting({
    env: 'KAFKA_GROUP_PREFIX',
    type: groupPrefix,
    standard: 'quadrille-',
    says: 'What the names of the consumer groups begin with; a group of another prefix takes every event in again.',
  }),
});

const http = group('http', {
  host: setting({
    env: 'HTTP_HOST',
    type: z.string(),
    standard: '0.0.0.0',
    standardInDevelopment: '127.0.0.1',
    says: 'The address that its HTTP server listens on.',
  }),
  concurrency: setting({
    env: 'HTTP_CONCURRENCY',
    type: countOrOff,
    standard: '1000',
    says: 'So many calls are under way at once; more are refused with 503. `off`: no limit.',
  }),
  eventLoopDelay: setting({
    env: 'HTTP_EVENT_LOOP_DELAY',
    type: durationOrOff,
    standard: '1s',
    says: 'While its event loop is later than this, calls are refused with 503. `off`: never.',
  }),
});

const calls = group('calls', {
  circuitBreaker: setting({
    env: 'CIRCUIT_BREAKER',
    type: countOrOff,
    standard: '5',
    says: 'After so many calls in a row that were not answered in time, it stops calling that service, or the payment provider, for a while. `off`: never.',
  }),
});

const log = group('log', {
  level: setting({ env: 'LOG_LEVEL', type: logLevel, standard: 'info', says: 'Which lines are logged.' }),
});

const tracing = group('tracing', {
  endpoint: optional(
    setting({
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      type: httpUrl,
      says: 'Where an OpenTelemetry collector takes traces (OTLP over HTTP), such as `http://localhost:4318`.',
    }),
    'no traces',
  ),
  sampling: setting({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    type: share,
    standard: '0.01',
    standardInDevelopment: '1',
    says: 'The share of requests without `traceparent` that are traced, from 0 to 1; a `traceparent` says it itself.',
  }),
});

const system = group('system', {
  token: setting({
    env: 'SYSTEM_TOKEN',
    type: systemToken,
    secret: true,
    says: 'Every call between processes carries it, and each refuses calls without: 32 characters or more, the same for all.',
  }),
});

const debug = group('debug', {
  profiling: setting({
    env: 'PROFILING',
    type: onOff,
    standard: 'false',
    says: 'Whether a process makes CPU profiles and heap snapshots, at `/debug/` of its metrics port, for who has `SYSTEM_TOKEN`.',
  }),
});

const relay = group('relay', {
  databaseUrls: setting({
    env: 'DATABASE_URLS',
    type: mysqlUrls,
    secret: true,
    says: 'The databases whose outboxes the relay publishes, with commas between.',
  }),
  port: setting({
    env: 'HTTP_PORT',
    type: port,
    standard: '8085',
    says: 'The port of its HTTP server: `/health`, `/ready`, `/metrics`.',
  }),
  outboxRetention: setting({
    env: 'OUTBOX_RETENTION',
    type: duration,
    standard: '7d',
    says: 'Published events are kept so long, for `reconcile`, `replay` and `trace`.',
  }),
  inboxRetention: setting({
    env: 'INBOX_RETENTION',
    type: duration,
    standard: '21d',
    says: 'Inboxes remember events so long: `OUTBOX_RETENTION` and what Kafka keeps (8d) together at least.',
  }),
});

const ops = group('ops', {
  databaseUrls: setting({
    env: 'OPS_DATABASE_URLS',
    type: mysqlUrls,
    secret: true,
    says: 'All databases, with a user that only reads them, and `eshop_ops`, the audit log, with commas between.',
  }),
});

const setup = group('setup', {
  mysqlUrl: setting({
    env: 'MYSQL_URL',
    type: mysqlUrl,
    secret: true,
    says: 'The database server, with a user that may create databases and users.',
  }),
});

export const tree = {
  kafka,
  http,
  calls,
  log,
  tracing,
  system,
  debug,
  relay,
  gateway,
  oidc,
  console: consoleGroup,
  ops,
  setup,
} as const;

/** Settings that every service has. Its process finds its database and its port under shorter names in its environment. */
export const settingsOfService = (name: string) =>
  group(`services.${name}`, {
    url: setting({
      env: `${name.toUpperCase()}_URL`,
      type: httpUrl,
      says: 'Where the gateway reaches the service: `http://HOST:PORT`.',
    }),
    databaseUrl: setting({
      env: `${name.toUpperCase()}_DATABASE_URL`,
      type: mysqlUrl,
      secret: true,
      says: "The service's database, `mysql://USER:PASSWORD@HOST:PORT/DATABASE`; its user is made from it.",
    }),
    port: setting({
      env: 'HTTP_PORT',
      type: port,
      standard: '8080',
      says: 'The port of its HTTP server: `/health`, `/ready`, `/metrics`, and what the gateway asks.',
    }),
  });
