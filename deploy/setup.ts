import type { User } from '@quadrille/db/grants';
import { runProcess } from '@quadrille/process/lifecycle';
import { list, mysqlUrl, readSettings, SettingsError } from '@quadrille/process/settings';
import { databases, type Service, services, setUp } from '@quadrille/stack/setup';
import { z } from 'zod';

/**
 * Databases, users, tables, first rows and topics, then exit. Safe to run again, and to be run by every deployment before its processes.
 * Each user comes from the very URL that its process gets, so that the two cannot differ; a new password takes effect here.
 */
runProcess('setup', async ({ log }) => {
  const settings = readSettings({
    MYSQL_URL: mysqlUrl,
    KAFKA_BROKERS: list,
    KAFKA_REPLICATION: z.coerce.number('how many brokers hold each event').int().min(1).default(1),
    ORDER_DATABASE_URL: mysqlUrl,
    STOCK_DATABASE_URL: mysqlUrl,
    COUPON_DATABASE_URL: mysqlUrl,
    PAY_DATABASE_URL: mysqlUrl,
    RELAY_DATABASE_URLS: list.pipe(mysqlUrl.array()),
  });
  await setUp({
    mysqlUrl: settings.MYSQL_URL,
    brokers: settings.KAFKA_BROKERS,
    replication: settings.KAFKA_REPLICATION,
    credentials: {
      order: userOf(settings.ORDER_DATABASE_URL, 'order'),
      stock: userOf(settings.STOCK_DATABASE_URL, 'stock'),
      coupon: userOf(settings.COUPON_DATABASE_URL, 'coupon'),
      pay: userOf(settings.PAY_DATABASE_URL, 'pay'),
      relay: relayUserOf(settings.RELAY_DATABASE_URLS),
    },
    log,
  });
  log.info('databases, users, tables and topics are there');
});

function userOf(text: string, service: Service): User {
  const url = new URL(text);
  if (url.pathname !== `/${databases[service]}`)
    throw new SettingsError(`the database of ${service} is ${databases[service]}; its URL names another`);
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

/** The relay is one user in all databases. */
function relayUserOf(urls: readonly string[]): User {
  const users = services.map((service) => {
    const url = urls.find((candidate) => new URL(candidate).pathname === `/${databases[service]}`);
    if (!url) throw new SettingsError(`RELAY_DATABASE_URLS leaves out ${databases[service]}`);
    return userOf(url, service);
  });
  const [first, ...others] = users;
  if (!first || others.some(({ user, password }) => user !== first.user || password !== first.password))
    throw new SettingsError('RELAY_DATABASE_URLS must name the same user and password everywhere');
  return first;
}
