import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOpsSettings } from '@quadrille/ops/settings';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { envOfStack } from '../ops-env.ts';

describe('the environment of npm run ops', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'quadrille-ops-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is that of the stack that runs on the folder', () => {
    const stack = {
      ...{ pid: process.pid, brokers: ['127.0.0.1:9'], mysqlUrl: 'mysql://root:admin@127.0.0.1:7' },
      ...{ ports: {}, env: { PAYMENT_EXPIRY: '2m' }, pids: {}, serverPids: {} },
    };
    writeFileSync(join(dir, 'stack.json'), JSON.stringify(stack));
    const settings = readOpsSettings(envOfStack(dir));
    expect(settings).toMatchObject({ brokers: ['127.0.0.1:9'], rules: { env: { PAYMENT_EXPIRY: '2m' } } });
    expect(settings.reading.order).toMatch(/^mysql:\/\/ops:[\w-]+@127\.0\.0\.1:7\/eshop_order$/);
    expect(settings.acting.order).toMatch(/^mysql:\/\/order:[\w-]+@127\.0\.0\.1:7\/eshop_order$/);
    expect(JSON.stringify(settings)).not.toContain('admin');
    expect(envOfStack(dir).CONSOLE_DATABASE_URL).toMatch(/^mysql:\/\/console:[\w-]+@127\.0\.0\.1:7\/eshop_console$/);
  });

  it('is empty where no stack runs', () => {
    expect(envOfStack(dir)).toEqual({});
  });
});
