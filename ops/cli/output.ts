import { randomUUID } from 'node:crypto';
import { stripVTControlCharacters, styleText } from 'node:util';
import { printable } from '@quadrille/process/printable';

type Style = Parameters<typeof styleText>[0];

/** Stands for ESC in what `paint` makes. By chance, so that no text from outside can contain it. */
const escapeMark = randomUUID();

/** Everything but our own colours. */
const shown = (text: string, keep = ''): string =>
  text
    .split(escapeMark)
    .map((part) => printable(part, keep))
    .join(escapeMark);

/** Colours only on a terminal, and not where NO_COLOR is set. */
export const paint = (style: Style, text: string): string =>
  styleText(style, shown(text), { stream: process.stdout }).replaceAll('\u001b', escapeMark);

/** All that is written passes here: only line ends and our own colours have an effect, whatever the text quotes. */
const write = (stream: NodeJS.WriteStream, text: string): void =>
  void stream.write(`${shown(text, '\n').replaceAll(escapeMark, '\u001b')}\n`);

/** Lines. Foreign text in them goes through `plain`, or is a cell of a `table`, so that it makes no line of its own. */
export const print = (text: string): void => write(process.stdout, text);

/** For what is no answer. */
export const printError = (text: string): void => write(process.stderr, text);

/** One document, for people and machines alike. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** One of many, a line each. */
export const printJsonLine = (value: unknown): void => print(JSON.stringify(value));

export { counted } from '../words.ts';

/** Columns as wide as their widest cell; the last may be as long as it likes. A cell is one line, whatever it quotes. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const cells = rows.map((row) => row.map((cell) => shown(cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))).join('  ');
  return cells.map((row) => line(row).trimEnd()).join('\n');
};

const widthOf = (text: string): number => stripVTControlCharacters(text.replaceAll(escapeMark, '\u001b')).length;

/** What came from outside, as one line without effects. */
export const plain = (text: string): string => printable(text);

/** How far long work is, on stderr: one line that is rewritten on a terminal, else a line now and then. */
export const showProgress = (stream: NodeJS.WriteStream = process.stderr) => {
  const every = stream.isTTY ? 100 : 5_000;
  let shown = performance.now();
  let isOpen = false;
  return {
    update: (text: () => string): void => {
      const now = performance.now();
      if (now - shown < every) return;
      shown = now;
      const line = plain(text());
      stream.write(stream.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
      isOpen = stream.isTTY === true;
    },
    /** Clears the line, so that others can write. */
    clear: (): void => {
      if (isOpen) stream.write('\r\u001b[2K');
      isOpen = false;
    },
  };
};

/** `[######....] 60 %` */
export const bar = (done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * 30);
  return `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${Math.floor(share * 100)} %  ${done} of ${total}`;
};
