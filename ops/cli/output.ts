import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours only on a terminal, and not where NO_COLOR is set. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** One document, for people and machines alike. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** One of many, a line each. */
export const printJsonLine = (value: unknown): void => print(JSON.stringify(value));

/** `1 order`, `2 orders`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Columns as wide as their widest cell; the last may be as long as it likes. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
};

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** What came from outside goes to the terminal without its control characters. */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');

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
      stream.write(stream.isTTY ? `\r\u001b[2K${text()}` : `${text()}\n`);
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
