import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@quadrille/client';
import { candidatePort } from '@quadrille/stack/ports';
import { root } from '@quadrille/stack/root';
import { readStackFile } from '@quadrille/stack/stack-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/until.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

describe('npm start', () => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-start-'));
  let output = '';
  let child: ReturnType<typeof spawn>;
  let ended: Promise<number | null>;

  beforeAll(async () => {
    const { PATH, HOME, QUADRILLE_CACHE, DATABASE_SERVER } = process.env;
    child = spawn(process.execPath, [join(root, 'tools/stack/start.ts'), '--quiet', '--without', 'console'], {
      cwd: root,
      env: {
        PATH,
        HOME,
        QUADRILLE_CACHE,
        DATABASE_SERVER,
        QUADRILLE_DIR: dir,
        QUADRILLE_CONFIG: devNull,
        GATEWAY_PORT: String(await candidatePort()),
        CONSOLE_PORT: String(await candidatePort()),
      },
    });
    ended = new Promise((resolve) => child.once('exit', resolve));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => {
        output += data;
      });
    await until('the stack', async () => output.includes('Ready after'), 170_000);
  });
  afterAll(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });

  const stack = () => {
    const found = readStackFile(dir);
    if (!found) throw new Error('no stack runs');
    return found;
  };
  const placeOrder = async () => {
    const client = createClient({ baseUrl: `http://127.0.0.1:${stack().ports.gateway}` });
    const placed = await client.submitAndWait(order, { timeout: 110_000 });
    return placed.status;
  };

  it.each(['database', 'kafka'] as const)(
    'C5: a %s that was killed is started again on the same port and data, and orders go on',
    async (name) => {
      expect(await placeOrder()).toBe('awaiting-payment');
      const before = stack();
      const pid = before.serverPids[name];
      if (pid === undefined) throw new Error(`${name} has no pid`);
      process.kill(pid, 'SIGKILL');
      await until('the word of its end', async () => output.includes(`${name} ended unexpectedly (SIGKILL)`));
      await until('the word that it is back', async () => output.includes(`${name} is ready again`));
      const after = await until('the new pid', async () => stack().serverPids[name] !== pid && stack());
      expect([after.mysqlUrl, after.brokers]).toEqual([before.mysqlUrl, before.brokers]);
      expect(await placeOrder()).toBe('awaiting-payment');
    },
  );

  it('C5: says where the log of the server is that ended', () => {
    for (const file of ['database.log', 'kafka.log']) expect(output).toMatch(new RegExp(`see ${dir}/\\w+/${file}`));
    for (const file of ['mysql/database.log', 'kafka/kafka.log'])
      expect(readFileSync(join(dir, file), 'utf8')).not.toBe('');
  });

  /** npm run service, until it is ready or has ended. */
  const runService = async (name: string) => {
    let said = '';
    const service = spawn(process.execPath, [join(root, 'tools/stack/service.ts'), name], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, QUADRILLE_DIR: dir },
    });
    const exit = new Promise<number | null>((resolve) => service.once('exit', resolve));
    let code: number | null | undefined;
    void exit.then((ended) => {
      code = ended;
    });
    for (const stream of [service.stdout, service.stderr])
      stream.on('data', (data) => {
        said += data;
      });
    await until(`${name}, ready or not`, async () => said.includes(`${name} is ready (`) || code !== undefined);
    const port = Number(/http:\/\/localhost:(\d+)/.exec(said)?.[1]);
    const stop = async () => {
      service.kill('SIGTERM');
      await exit;
    };
    return { port, said, code, stop };
  };

  it('C7: npm run service gives a second instance a port of its own, what was left out the port where the others look for it, and refuses a second order service', async () => {
    const { ports } = stack();
    const second = await runService('stock');
    expect(second.port).toBeGreaterThan(0);
    expect(Object.values(ports)).not.toContain(second.port);
    const leftOut = await runService('console');
    expect(leftOut.port).toBe(ports.console);
    const order = await runService('order');
    expect([order.code, order.said]).toEqual([2, expect.stringContaining('order runs already on port')]);
    await Promise.all([second.stop(), leftOut.stop()]);
  });
});
