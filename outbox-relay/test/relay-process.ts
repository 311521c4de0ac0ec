import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brokers } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';

/** The relay as it runs in production: a process of its own. */
export type RelayProcess = {
  /** Since the last call it has said so. */
  readonly says: (message: string) => Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<unknown>;
};

/** @param url its database, perhaps through a network of the test's */
export const startRelayProcess = (url: string, env: Record<string, string> = {}): RelayProcess => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      QUADRILLE_CONFIG: devNull,
      DATABASE_URLS: url,
      KAFKA_BROKERS: brokers().join(','),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      ...env,
    },
  });
  const said: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line).msg));
  return {
    says: (message) =>
      until(`the relay says "${message}"`, async () => {
        const at = said.findIndex((each) => each.includes(message));
        if (at === -1) return false;
        said.splice(0, at + 1);
        return true;
      }),
    kill: (signal) => void child.kill(signal),
    exited: once(child, 'exit'),
  };
};
