import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPrettyPrinter } from '../pretty.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const effects = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const nasty = 'x\u001b[2J\nstock INFO: fake\r\u009b31m\u0007\u007f\u202eabc';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a line of a process becomes, without the colours of its name. */
const shown = (line: string): string => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  createPrettyPrinter({ quiet: false })('stock', line);
  vi.restoreAllMocks();
  return written.join('').replaceAll('\u001b[32m', '').replaceAll('\u001b[39m', '');
};

describe('the log as npm start shows it', () => {
  it.each([
    ['a message', { msg: nasty }],
    ['a field', { msg: 'parked', cause: nasty }],
    ['the name of a header', { msg: 'parked', headers: { [nasty]: [nasty] } }],
    ['the name of a field', { msg: 'parked', [nasty]: 1 }],
  ])('D5: %s that quotes foreign text has no effect, and makes no line', (_, fields) => {
    const text = shown(JSON.stringify({ level: 30, time: 0, service: 'stock', ...fields }));
    expect(text).not.toMatch(effects);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(text).toContain('\\u001b[2J');
  });

  it('D5: so does a line that is no JSON', () => {
    expect(shown(nasty.replace('\n', ''))).not.toMatch(effects);
  });

  it('D5: an error keeps the lines of its stack, and no other effect', () => {
    const error = new Error(`bad ${nasty.replace('\n', ' ')}`);
    const err = { type: 'Error', message: error.message, stack: error.stack };
    const text = shown(JSON.stringify({ level: 50, time: 0, service: 'stock', err, msg: 'failed' }));
    expect(text).not.toMatch(effects);
    expect(text).toMatch(/\n\s+at /);
  });
});
