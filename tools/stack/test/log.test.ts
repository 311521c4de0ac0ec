import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, lastTrouble } from '../child.ts';
import { tail } from '../tail.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-unit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a log', () => {
  it('is read along line by line from where it is, with whole characters', () => {
    const file = join(dir, 'a.log');
    writeFileSync(file, 'before\n');
    const lines: string[] = [];
    const stop = tail(file, (line) => lines.push(line));
    const euro = Buffer.from('€');
    appendFileSync(file, 'one\ntw');
    appendFileSync(file, euro.subarray(0, 1));
    appendFileSync(file, Buffer.concat([euro.subarray(1), Buffer.from('\nend')]));
    stop();
    expect(lines).toEqual(['one', 'tw€', 'end']);
  });

  it('is summed up by its lines of trouble', () => {
    const file = join(dir, 'a.log');
    writeFileSync(file, 'fine\n[ERROR] cannot bind\n[ERROR] Aborting\n    at x (y.js)\nbye\n');
    expect(lastTrouble(file)).toBe('[ERROR] cannot bind');
    writeFileSync(file, 'one\ntwo\n');
    expect(lastTrouble(file)).toBe('one\ntwo');
    expect(lastTrouble(join(dir, 'none'))).toContain('empty');
  });

  it('that speaks of a full disk leads to the advice to make room', () => {
    const file = join(dir, 'a.log');
    writeFileSync(file, '[ERROR] InnoDB: preallocating 5 bytes for file ./x failed with error 28\n[ERROR] Aborting\n');
    expect(failure('MariaDB did not start', file).message).toContain('make room');
  });
});
