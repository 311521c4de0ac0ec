import { styleText } from 'node:util';
import { printable } from '@quadrille/process/printable';
import pinoPretty from 'pino-pretty';
import { type ProcessName, processNames } from './process-env.ts';

const palette = ['magenta', 'cyan', 'green', 'yellow', 'blue', 'whiteBright', 'gray', 'red'] as const;
const colourOf = (name: ProcessName) => palette[processNames.indexOf(name) % palette.length] ?? 'gray';

const width = Math.max(...processNames.map((name) => name.length));

/** Turns the JSON lines of the processes into what people like to read: one line, named and coloured by its process. */
export const createPrettyPrinter = (options: { quiet: boolean }): ((name: ProcessName, line: string) => void) => {
  const pretty = pinoPretty.prettyFactory({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,service',
    singleLine: true,
    ...(options.quiet ? { minimumLevel: 'warn' as const } : {}),
  });
  return (name, line) => {
    const text: string | undefined = pretty(withoutEffects(line));
    if (text === undefined) return;
    process.stdout.write(`${styleText(colourOf(name), name.padEnd(width))} ${text.trimEnd()}\n`);
  };
};

/** A line of a log whose texts can do nothing to a terminal, whatever they quote. */
const withoutEffects = (line: string): string => {
  let logged: unknown;
  try {
    logged = JSON.parse(line);
  } catch {
    return printable(line);
  }
  return JSON.stringify(shown(logged));
};

/** Of a stack the line ends stay: they are indented. */
const shown = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') return printable(value, name === 'stack' ? '\n' : '');
  if (Array.isArray(value)) return value.map((each) => shown(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [printable(key), shown(each, key)]));
};
