import { z } from 'zod';
import { systemToken } from '../system-token.ts';
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
  rateOrOff,
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

const gateway = group('gateway', {
  port: setting({ env: 'GATEWAY_PORT', type: port, standard: '8080', says: 'The port of the gateway.' }),
  metricsPort: setting({
    env: 'METRICS_PORT',
    type: port,
    standard: '8086',
    says: 'The metrics port: `/metrics`, `/health`, `/ready`; the public one has no metrics.',
  }),
  url: setting({ env: 'GATEWAY_URL', type: httpUrl, says: 'Where the console reaches the gateway, for cancelling.' }),
  publicUrl: optional(
    setting({
      env: 'PUBLIC_URL',
      type: httpUrl,
      says: 'How the world reaches the gateway; payment links begin with it.',
    }),
    '`http://localhost:` and the port',
  ),
  trustedProxies: optional(
    setting({
      env: 'TRUSTED_PROXIES',
      type: list,
      says: 'Proxies in front of it, such as `10.0.0.5,fd00::/8`: their `X-Forwarded-For` says who calls.',
    }),
  ),
  ratePerAddress: setting({
    env: 'RATE_PER_ADDRESS',
    type: rateOrOff,
    standard: 'off',
    says: 'So many calls of one address are taken in a time, such as `600/1m`; more are refused with 429.',
  }),
  ratePerUser: setting({
    env: 'RATE_PER_USER',
    type: rateOrOff,
    standard: 'off',
    says: 'The same for each user who is logged in.',
  }),
  ratePerKey: setting({
    env: 'RATE_PER_KEY',
    type: rateOrOff,
    standard: 'off',
    says: 'The same for each API key.',
  }),
  heldCalls: setting({
    env: 'HELD_CALLS',
    type: countOrOff,
    standard: '20000',
    says: 'So many calls may wait for an order to change; more are refused with 503. `off`: no limit.',
  }),
  heldCallsPerAddress: setting({
    env: 'HELD_CALLS_PER_ADDRESS',
    type: countOrOff,
    standard: 'off',
    says: 'So many of one address; more are refused with 429. `off`: no limit.',
  }),
  login: optional(
    setting({
      env: 'GATEWAY_LOGIN',
      type: z.enum(['off'], 'off, or nothing'),
      says: '`off`: whoever reaches the gateway may act for every user, because another one in front of it has checked who calls.',
    }),
    'needed, elsewhere than in development',
  ),
  apiKeys: optional(
    setting({
      env: 'GATEWAY_API_KEYS',
      type: z.string(),
      secret: true,
      says: 'The API keys of programs: a line `NAME:ROLE:HASH` for each, made by `node gateway/api-key.ts NAME customer` (or `staff`, or `operator`).',
    }),
  ),
  publicApis: optional(
    setting({
      env: 'PUBLIC_APIS',
      type: list,
      says: "Services whose manifest says `api: 'public'`, with commas between them: the gateway hands them the calls of `/api/v1/<service>/`.",
    }),
  ),
});

const oidc = group('gateway.oidc', {
  issuer: optional(
    setting({
      env: 'OIDC_ISSUER',
      type: httpUrl,
      says: 'The OpenID provider whose tokens the gateway takes, as they name it. Its keys are found by its discovery document.',
    }),
  ),
  audience: optional(
    setting({ env: 'OIDC_AUDIENCE', type: z.string(), says: 'The name of this API in the tokens: their `aud`.' }),
  ),
  clientId: optional(
    setting({
      env: 'OIDC_CLIENT_ID',
      type: z.string(),
      says: 'Under which the shop page logs people in at the provider, by authorization code with PKCE.',
    }),
    'people cannot log in with a browser',
  ),
  clientSecret: optional(
    setting({
      env: 'OIDC_CLIENT_SECRET',
      type: z.string(),
      secret: true,
      says: 'Its secret, if the provider wants one.',
    }),
  ),
  userClaim: setting({
    env: 'OIDC_USER_CLAIM',
    type: z.string(),
    standard: 'sub',
    says: 'The claim that is the number of the user: the `userId` of their orders.',
  }),
  rolesClaim: setting({
    env: 'OIDC_ROLES_CLAIM',
    type: z.string(),
    standard: 'roles',
    says: 'The claim that lists roles: `staff`, `operator`. Dots lead into objects: `realm_access.roles`.',
  }),
});

const consoleGroup = group('console', {
  port: setting({ env: 'CONSOLE_PORT', type: port, standard: '36789', says: 'The port of the console.' }),
  metricsPort: setting({
    env: 'METRICS_PORT',
    type: port,
    standard: '8087',
    says: 'The metrics port of the console: nobody logs in there, so the port for people has no metrics.',
  }),
  url: optional(
    setting({
      env: 'CONSOLE_URL',
      type: httpUrl,
      says: 'How people reach the console; with `https:` its cookies are for HTTPS only.',
    }),
    '`http://localhost:` and the port',
  ),
  databaseUrl: setting({
    env: 'CONSOLE_DATABASE_URL',
    type: mysqlUrl,
    secret: true,
    says: "The console's own database; its user is made from it.",
  }),
  users: optional(
    setting({
      env: 'CONSOLE_USERS',
      type: z.string(),
      secret: true,
      says: 'Who may log in: a line `NAME:ROLE:HASH` for each, made by `node console/user.ts NAME reader` (or `operator`).',
    }),
  ),
  operatorPassword: optional(
    setting({
      env: 'CONSOLE_OPERATOR_PASSWORD',
      type: z.string(),
      secret: true,
      says: 'The password of the user `operator`: 16 characters or more.',
    }),
  ),
  sessionKey: optional(
    setting({
      env: 'CONSOLE_SESSION_KEY',
      type: z.string().min(32, 'at least 32 characters, by chance'),
      secret: true,
      says: 'Signs the cookies of sessions: 32 characters or more. Without it, a restart ends them.',
    }),
    'by chance',
  ),
  trustedProxies: optional(
    setting({
      env: 'TRUSTED_PROXIES',
      type: list,
      says: 'Proxies in front of it, such as `10.0.0.5,fd00::/8`: their `X-Forwarded-For` says who logs in.',
    }),
  ),
  retention: setting({
    env: 'CONSOLE_RETENTION',
    type: duration,
    standard: '30d',
    says: 'Orders that are over are forgotten by the console so long after they were submitted.',
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
