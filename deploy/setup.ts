import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import type { User } from '@quadrille/db/grants';
import { setUp } from '@quadrille/deploy/provision';
import { createClient } from '@quadrille/kafka/client';
import { checkTopics } from '@quadrille/kafka/topic-check';
import { runProcess } from '@quadrille/process/lifecycle';
import { SettingsError } from '@quadrille/process/settings/error';
import { forEachService } from '@quadrille/services';
import { consoleDatabase, databases, opsDatabase, sideDatabases } from '@quadrille/services/databases';
import { demoRowsIn } from './demo.ts';
import { setupSettings } from './settings.ts';

/**
 * Databases, users, tables, first rows and topics, then exit. Safe to run again, and to be run by every deployment before its processes.
 * Topics that were there before are compared with ours: a difference is a warning, and in production an error where events can be lost.
 * Each user comes from the very URL that its process gets, so that the two cannot differ; a new password takes effect here.
 */
runProcess('setup', setupSettings, async (settings, { log }) => {
  const { mysqlUrl, brokers, replication } = settings;
  await setUp({
    mysqlUrl,
    brokers,
    replication,
    credentials: {
      ...forEachService((service) => userOf(settings.services[service], databases[service])),
      relay: sameUserOf('RELAY_DATABASE_URLS', settings.relay, Object.values(databases)),
      ops: sameUserOf('OPS_DATABASE_URLS', settings.ops, [...Object.values(databases), opsDatabase]),
      console: userOf(settings.console, consoleDatabase),
      sideDatabases: Object.fromEntries(
        sideDatabases.map(({ name, database }) => [name, userOf(String(settings.sideDatabases[name]), database)]),
      ),
    },
    demoRows: demoRowsIn(process.env.NODE_ENV),
    log,
  });
  await checkTopics(
    createClient(brokers, 'setup', log),
    { topics, partitions: partitionsPerTopic, replication, brokers },
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
