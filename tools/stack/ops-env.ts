import { urlFor } from '@quadrille/db/url';
import type { NamedUser } from '@quadrille/deploy/provision';
import { services } from '@quadrille/services';
import { consoleDatabase, databases, databaseUrlOf, opsDatabase } from '@quadrille/services/databases';
import { readCredentials } from './credentials.ts';
import { readStackFile } from './stack-file.ts';

/** What the environment would say if it spoke of the stack that runs on the folder; nothing if none does. */
export const envOfStack = (dir: string): NodeJS.ProcessEnv => {
  const stack = readStackFile(dir);
  if (!stack) return {};
  const credentials = readCredentials(dir);
  const url = (user: NamedUser, database: string) => urlFor(stack.mysqlUrl, credentials[user], database);
  const acting = services.map((service) => [databaseUrlOf(service), url(service, databases[service])]);
  return {
    ...stack.env,
    ...Object.fromEntries(acting),
    CONSOLE_DATABASE_URL: url('console', consoleDatabase),
    KAFKA_BROKERS: stack.brokers.join(','),
    OPS_DATABASE_URLS: [...Object.values(databases), opsDatabase].map((database) => url('ops', database)).join(','),
  };
};
