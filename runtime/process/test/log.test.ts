import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const logging = (then: string) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { createLog } from '${fileURLToPath(new URL('../log.ts', import.meta.url))}'; const log = createLog('test'); ${then}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

describe('the log', () => {
  it('writes a short line by itself, and each one after it', async () => {
    const child = logging("log.info('one'); setTimeout(() => log.info('two'), 200); setInterval(() => {}, 1_000);");
    let lines = '';
    for await (const chunk of child.stdout) {
      lines += chunk;
      if (lines.includes('"two"')) child.kill('SIGKILL');
    }
    expect(lines.split('\n').map((line) => line && JSON.parse(line).msg)).toEqual(['one', 'two', '']);
  });

  it('holds nothing back when the process ends', async () => {
    const child = logging("log.info('last'); process.exit(3);");
    const [lines, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([JSON.parse(lines).msg, code]).toEqual(['last', 3]);
  });
});
