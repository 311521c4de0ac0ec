import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import type { User } from '@quadrille/db/grants';
import { setUp } from '@quadrille/deploy/provision';
import { createClient } from '@quadrille/kafka/client';
import { checkTopics } from '@quadrille/kafka/topic-check';
import { runProcess } from '@quadrille/process/lifecycle';
import { list, mysqlUrl, readSettings, replication, SettingsError } from '@quadrille/process/settings';
import { forEachService, services } from '@quadrille/services';
import { consoleDatabase, databases, databaseUrlOf, opsDatabase, sideDatabases } from '@quadrille/services/databases';

/**
 * Databases, users, tables, first rows and topics, then exit. Safe to run again, and to be run by every deployment before its processes.
 * Topics that were there before are compared with ours: a difference is a warning, and in production an error where events can be lost.
 * Each user comes from the very URL that its process gets, so that the two cannot differ; a new password takes effect here.
 */
runProcess('setup', async ({ log }) => {
  const settings = readSettings({
    MYSQL_URL: mysqlUrl,
    KAFKA_BROKERS: list,
    KAFKA_REPLICATION: replication.optional(),
    RELAY_DATABASE_URLS: list.pipe(mysqlUrl.array()),
    OPS_DATABASE_URLS: list.pipe(mysqlUrl.array()),
    CONSOLE_DATABASE_URL: mysqlUrl,
  });
  const urls: Readonly<Record<string, string>> = readSettings(
    Object.fromEntries(
      [...services.map(databaseUrlOf), ...sideDatabases.map(({ setting }) => setting)].map((name) => [name, mysqlUrl]),
    ),
  );
  await setUp({
    mysqlUrl: settings.MYSQL_URL,
    brokers: settings.KAFKA_BROKERS,
    replication: settings.KAFKA_REPLICATION,
    credentials: {
      ...forEachService((service) => userOf(String(urls[databaseUrlOf(service)]), databases[service])),
      relay: sameUserOf('RELAY_DATABASE_URLS', settings.RELAY_DATABASE_URLS, Object.values(databases)),
      ops: sameUserOf('OPS_DATABASE_URLS', settings.OPS_DATABASE_URLS, [...Object.values(databases), opsDatabase]),
      console: userOf(settings.CONSOLE_DATABASE_URL, consoleDatabase),
      sideDatabases: Object.fromEntries(
        sideDatabases.map(({ name, setting, database }) => [name, userOf(String(urls[setting]), database)]),
      ),
    },
    log,
  });
  const brokers = settings.KAFKA_BROKERS;
  await checkTopics(
    createClient(brokers, 'setup', log),
    { topics, partitions: partitionsPerTopic, replication: settings.KAFKA_REPLICATION, brokers },
    (difference) => log.warn(difference),
  );
  log.info('databases, users, tables and topics are there');
});

function userOf(text: string, database: string): User {
  const url = new URL(text);
  if (url.pathname !== `/${database}`)
    throw new SettingsError(`a URL names the database ${url.pathname.slice(1)} where ${database} should be`);
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

/** The relay, and people who look, are one user in all databases. */
function sameUserOf(setting: string, urls: readonly string[], expected: readonly string[]): User {
  const users = expected.map((database) => {
    const url = urls.find((candidate) => new URL(candidate).pathname === `/${database}`);
    if (!url) throw new SettingsError(`${setting} leaves out ${database}`);
    return userOf(url, database);
  });
  const [first, ...others] = users;
  if (!first || others.some(({ user, password }) => user !== first.user || password !== first.password))
    throw new SettingsError(`${setting} must name the same user and password everywhere`);
  return first;
}
