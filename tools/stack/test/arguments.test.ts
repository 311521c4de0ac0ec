import { UsageError } from '@quadrille/process/errors';
import { services } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
import { parseProcessName, parseStartArguments } from '../start-arguments.ts';
import { parseTestArguments } from '../test-arguments.ts';

describe('npm start', () => {
  it('runs everything unless told otherwise', () => {
    expect(parseStartArguments([])).toEqual({
      fresh: false,
      quiet: false,
      help: false,
      printConfig: false,
      without: [],
      brokers: undefined,
    });
  });

  it('leaves several processes out', () => {
    expect(parseStartArguments(['--without', 'stock', '--quiet', '--without=pay', '--fresh'])).toEqual({
      fresh: true,
      quiet: true,
      help: false,
      printConfig: false,
      without: ['stock', 'pay'],
      brokers: undefined,
    });
  });

  it.each([
    [
      ['--wat'],
      "Unknown option '--wat' cannot be understood: the options are --with NAMES, --fresh, --brokers N, --without NAME, --quiet, --print-config and --help.",
    ],
    [
      ['stock'],
      "Unexpected argument 'stock' cannot be understood: the options are --with NAMES, --fresh, --brokers N, --without NAME, --quiet, --print-config and --help.",
    ],
    [
      ['--without', 'nobody'],
      `There is no process "nobody": the names are relay, ${services.join(', ')}, gateway, console.`,
    ],
  ])('answers %j with one sentence', (args, message) => {
    expect(() => parseStartArguments(args)).toThrow(new UsageError(message));
  });

  it('A4: has one broker or three', () => {
    expect(parseStartArguments(['--brokers', '1']).brokers).toBe(1);
    expect(parseStartArguments(['--brokers=3']).brokers).toBe(3);
  });

  it.each(['2', '0', '03', 'three', ''])('A4: has no "%s" brokers', (text) => {
    expect(() => parseStartArguments([`--brokers=${text}`])).toThrow(
      new UsageError(`Kafka cannot have "${text}" brokers here: --brokers takes 1 or 3.`),
    );
  });

  it('wants a name after --without', () => {
    expect(() => parseStartArguments(['--without'])).toThrow(UsageError);
    expect(() => parseStartArguments(['--without', '--quiet'])).toThrow(UsageError);
  });
});

describe('npm run service', () => {
  it('knows every process by name', () => {
    expect(parseProcessName('stock')).toBe('stock');
    expect(() => parseProcessName('Stock')).toThrow(UsageError);
  });
});

describe('npm test', () => {
  it('runs all projects, or those that are named first', () => {
    expect(parseTestArguments([])).toEqual({ projects: ['unit', 'integration', 'e2e'], vitestArguments: [] });
    expect(parseTestArguments(['unit'])).toEqual({ projects: ['unit'], vitestArguments: [] });
    expect(parseTestArguments(['unit', 'e2e', 'stock', '-t', 'unit'])).toEqual({
      projects: ['unit', 'e2e'],
      vitestArguments: ['stock', '-t', 'unit'],
    });
  });
});
