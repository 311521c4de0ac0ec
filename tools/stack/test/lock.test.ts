import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-unit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the lock of a data folder', () => {
  it('is held by one living process', () => {
    const unlock = lockFolder(dir);
    expect(() => lockFolder(dir)).toThrow(`process ${process.pid}`);
    unlock();
    lockFolder(dir)();
  });

  it.each(['', '0 0', '999999999 1', `${process.pid} 1`])('is taken over from "%s", which is nobody', (content) => {
    writeFileSync(join(dir, 'lock'), content);
    lockFolder(dir)();
  });
});
