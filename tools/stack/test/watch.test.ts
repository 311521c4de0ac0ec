import { StackError } from '@quadrille/process/errors';
import { describe, expect, it, vi } from 'vitest';
import type { Exit } from '../child.ts';
import { watch } from '../supervise.ts';

const dead: Exit = { code: 1, signal: null };

/** A server that ends at once, and cannot be started again before the n-th try. */
const failing = (successfulTry: number) => {
  const lines: string[] = [];
  let tries = 0;
  let stopping = false;
  let exited: Promise<Exit> = Promise.resolve(dead);
  const watching = watch(
    {
      name: 'database',
      logFile: () => '/data/mysql/database.log',
      exited: () => exited,
      restart: async () => {
        tries++;
        if (tries < successfulTry) throw new StackError('MariaDB did not start: see /data/mysql/database.log');
        exited = new Promise((resolve) => {
          end = () => resolve(dead);
        });
      },
    },
    { isStopping: () => stopping, log: (line) => lines.push(line), onRestart: () => {} },
  );
  let end = () => {};
  const stop = async () => {
    stopping = true;
    end();
    await watching;
  };
  return { lines, stop };
};

describe('C5: the supervision of a server', () => {
  it('C5: a server that cannot be brought up again is tried again, later and later, and each time it says where the log is', async () => {
    const { lines, stop } = failing(3);
    await vi.waitFor(() => expect(lines.at(-1)).toBe('database is ready again'), { timeout: 30_000 });
    await stop();
    expect(lines).toEqual([
      'database ended unexpectedly (code 1); starting it again in 0.5 s, see /data/mysql/database.log',
      'MariaDB did not start: see /data/mysql/database.log',
      'database ended unexpectedly (code 1); starting it again in 1 s, see /data/mysql/database.log',
      'MariaDB did not start: see /data/mysql/database.log',
      'database ended unexpectedly (code 1); starting it again in 2 s, see /data/mysql/database.log',
      'database is ready again',
    ]);
  });
});
