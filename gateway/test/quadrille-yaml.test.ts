import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-gateway-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Starts the gateway as a process of its own, whose working directory has this quadrille.yaml. It needs no server to answer `/health`. */
const start = (yaml: string, env: NodeJS.ProcessEnv = {}) => {
  writeFileSync(join(dir, 'quadrille.yaml'), yaml);
  const gateway = spawn(process.execPath, [main], {
    cwd: dir,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void gateway.kill('SIGKILL'));
  return gateway;
};

const urls = ['order', 'stock', 'coupon', 'pay'].map((name) => `  ${name}: { url: 'http://127.0.0.1:9' }`).join('\n');

describe('the gateway with a quadrille.yaml', () => {
  it('runs as it says, with the token from the file that it names', async () => {
    writeFileSync(join(dir, 'token'), 'x'.repeat(32));
    const yaml = `
http: { host: 127.0.0.1 }
log: { level: fatal }
gateway: { port: 0, metricsPort: 0, login: off }
system: { tokenFile: ${join(dir, 'token')} }
services:
${urls}`;
    const gateway = start(yaml);
    const [{ listening }] = (await once(gateway, 'message')) as [{ listening: number }];
    expect((await fetch(`http://127.0.0.1:${listening}/health`)).status).toBe(200);
    gateway.kill('SIGTERM');
    const [log, [code]] = await Promise.all([text(gateway.stdout as Readable), once(gateway, 'exit')]);
    expect([log, code]).toEqual(['', 0]);
  }, 60_000);

  it('says all that is wrong in one line, and ends', async () => {
    const gateway = start(
      `gateway: { port: http, prot: 1 }\nsystem: { token: ${'x'.repeat(32)} }\nservices:\n${urls}`,
      {
        METRICS_PORT: '70000',
      },
    );
    const [log, [code]] = await Promise.all([text(gateway.stdout as Readable), once(gateway, 'exit')]);
    const [line, ...more] = log
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(code).toBe(1);
    expect(line).toMatchObject({ level: 60, service: 'gateway' });
    for (const each of [
      'gateway.prot: unknown; allowed are port, ',
      'gateway.port: a port number',
      'METRICS_PORT (gateway.metricsPort): ',
      'system.token: a secret is not written here',
      'SYSTEM_TOKEN (system.tokenFile in quadrille.yaml): ',
    ])
      expect(line.msg).toContain(each);
    expect(more.map(({ msg }) => msg)).toEqual(['stopped']);
  }, 60_000);
});
