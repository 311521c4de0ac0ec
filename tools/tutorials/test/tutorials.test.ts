import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdit, executeSteps, isAsShown } from '../execute.ts';
import { readSteps } from '../read.ts';

const block = (head: string, ...lines: string[]) => [`\`\`\`${head}`, ...lines, '```', ''].join('\n');
const named = (head: string, ...lines: string[]) => `\`${head.split(' ')[1]}\`:\n\n${block(head, ...lines)}`;
const read = (...blocks: string[]) => readSteps('some.md', blocks.join('\n'));

describe('the blocks of a tutorial', () => {
  it('are commands with what they print, files and edits', () => {
    const steps = read(
      block('mermaid', 'flowchart LR'),
      block('sh', 'echo 1'),
      block('text', '1'),
      named('ts a/b.ts', 'export {};'),
      named('diff a/b.ts', '-export {};', '+export const one = 1;', ' ', ' // the end'),
      block('sh background', 'npm start'),
    );
    expect(steps.map(({ place: _, ...step }) => step)).toEqual([
      { kind: 'run', command: 'echo 1\n', shown: '1' },
      { kind: 'write', file: 'a/b.ts', content: 'export {};\n' },
      {
        kind: 'edit',
        file: 'a/b.ts',
        before: 'export {};\n\n// the end\n',
        after: 'export const one = 1;\n\n// the end\n',
      },
      { kind: 'start', command: 'npm start\n' },
    ]);
    expect(steps[0]?.place).toBe('some.md:5');
  });

  it.each([
    ['a file without a name', block('ts', 'export {};'), /^some.md:1: say which file this block is/],
    ['a file that the text does not name', block('ts a.ts', '1'), /^some.md:1: name a.ts in the line of text above/],
    ['an output of nothing', block('text', '1'), /^some.md:1: no command stands before this output/],
    ['a block without an end', '```sh', /^some.md:1: this block has no end/],
  ])('%s is refused', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('what a command prints', () => {
  it.each([
    ['a b', 'a b \n', true],
    ['a ... b', 'a\nmany\nlines\n b', false],
    ['a...b', 'a\nmany\nlines\nb', true],
    ['(1)', '1', false],
    ['...', '', true],
  ])('%j shown, %j printed: %s', (shown, printed, expected) => {
    expect(isAsShown(shown, printed)).toBe(expected);
  });
});

describe('an edit', () => {
  const edit = { before: 'one\n', after: '$& two\n' };
  it('changes text that is there once', () => {
    expect(applyEdit('zero\none\n', edit)).toBe('zero\n$& two\n');
  });

  it.each([
    ['not there', 'zero\n', 0],
    ['there twice', 'one\none\n', 2],
  ])('fails where the text is %s', (_, content, count) => {
    expect(() => applyEdit(content, edit)).toThrow(`The text to change is there ${count} times, not once:\none`);
  });
});

describe('a tutorial', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'quadrille-tutorial-test-'));
    writeFileSync(join(dir, 'old.txt'), 'one\n');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const follow = (...blocks: string[]) => executeSteps(read(...blocks), { dir, gatewayPort: 1234, consolePort: 1235 });

  it('is followed in one terminal, step by step', async () => {
    const { stop } = await follow(
      block('sh', 'name=world', 'greet() { echo "hello $1"; }'),
      named('txt a/new.txt', 'new'),
      named('diff old.txt', '-one', '+two'),
      block('sh', 'greet $name; cat a/new.txt old.txt; echo localhost:8080'),
      block('text', 'hello world', 'new', 'two', 'localhost:1234'),
    );
    await stop();
    expect(readFileSync(join(dir, 'old.txt'), 'utf8')).toBe('two\n');
  });

  it.each([
    ['fails', block('sh', 'echo oops; false; echo on'), 'some.md:1: It failed:\noops\n'],
    [
      'prints something else',
      [block('sh', 'echo 2'), block('text', '1')].join('\n'),
      'some.md:1: It should print\n1\nand prints\n2\n',
    ],
    [
      'ends before it is ready',
      block('sh background', 'echo no; exit 3'),
      'some.md:1: It ended before it was ready:\nno\n',
    ],
    [
      'changes what is not there',
      named('diff old.txt', '-three'),
      'some.md:3: The text to change is there 0 times, not once:\nthree\n',
    ],
  ])('stops at a step that %s', async (_, text, message) => {
    await expect(follow(text)).rejects.toThrow(message);
  });
});
