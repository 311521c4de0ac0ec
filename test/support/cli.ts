import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { urlFor } from '@quadrille/db/url';
import type { NamedUser } from '@quadrille/deploy/provision';
import { services } from '@quadrille/services';
import { consoleDatabase, databases, databaseUrlOf, opsDatabase } from '@quadrille/services/databases';
import { root } from '@quadrille/stack/root';
import type { Stack } from '@quadrille/stack/stack';

type CliAnswer = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Cli = {
  /** Runs a verb to its end. */
  readonly run: (...args: string[]) => Promise<CliAnswer>;
  /** Runs a verb and reads its answer. */
  readonly json: <Answer>(...args: string[]) => Promise<Answer & { readonly exitCode: number | null }>;
  /** Starts a verb that does not end by itself. */
  readonly start: (...args: string[]) => {
    readonly said: () => string;
    readonly kill: (signal: NodeJS.Signals) => void;
    readonly ended: Promise<CliAnswer>;
  };
};

/** The command line, as a process of its own that is told by its environment where the stack is. */
export const cliOf = ({ brokers, mysqlUrl, credentials }: Pick<Stack, 'brokers' | 'mysqlUrl' | 'credentials'>): Cli => {
  const url = (user: NamedUser, database: string) => urlFor(mysqlUrl, credentials[user], database);
  const env = {
    PATH: process.env.PATH,
    QUADRILLE_CONFIG: devNull,
    KAFKA_BROKERS: brokers.join(','),
    OPS_DATABASE_URLS: [...Object.values(databases), opsDatabase].map((database) => url('ops', database)).join(','),
    CONSOLE_DATABASE_URL: url('console', consoleDatabase),
    ...Object.fromEntries(services.map((name) => [databaseUrlOf(name), url(name, databases[name])])),
  };

  const start: Cli['start'] = (...args) => {
    const child = spawn(process.execPath, [join(root, 'deploy/quadrille.ts'), ...args], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const ended = new Promise<CliAnswer>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
    return { said: () => stdout + stderr, kill: (signal) => void child.kill(signal), ended };
  };
  const run: Cli['run'] = (...args) => start(...args).ended;
  return {
    start,
    run,
    json: async (...args) => {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (stdout === '') throw new Error(`${args.join(' ')} said nothing, and: ${stderr}`);
      return { ...JSON.parse(stdout), exitCode: code };
    },
  };
};
