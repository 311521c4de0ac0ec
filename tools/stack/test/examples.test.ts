import { describe, expect, it } from 'vitest';
import { takeExamples } from '../examples.ts';

describe('npm start --with', () => {
  it.each<[args: string[], names: string[], rest: string[]]>([
    [[], [], []],
    [['--with', 'logistics'], ['logistics'], []],
    [['--fresh', '--with=logistics', '--without', 'stock'], ['logistics'], ['--fresh', '--without', 'stock']],
    [['--with', 'logistics,logistics', '--quiet'], ['logistics'], ['--quiet']],
  ])('%j', (args, names, rest) => {
    expect(takeExamples(args)).toEqual({ names, rest });
  });

  it.each([[['--with', 'nobody']], [['--with', 'logistics,']], [['--with']]])('refuses %j in a sentence', (args) => {
    expect(() => takeExamples(args)).toThrow(/^There is no example ".*": --with takes .*logistics/);
  });
});
