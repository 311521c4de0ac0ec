import { z } from 'zod';
import { group, optional, setting } from './setting.ts';
import { duration, httpUrl, list, mysqlUrl, port } from './types.ts';

/** Settings of the console. */
export const consoleGroup = group('console', {
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
