import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Hands over each line that is written to the file from now on. Returns what ends it, after the last line. */
export const tail = (file: string, onLine: (line: string) => void): (() => void) => {
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  const decoder = new StringDecoder('utf8');
  let position = fstatSync(fd).size;
  let begun = '';

  const readOn = () => {
    for (let size = 1; size > 0; position += size) {
      size = readSync(fd, buffer, 0, buffer.length, position);
      const lines = (begun + decoder.write(buffer.subarray(0, size))).split('\n');
      begun = lines.pop() ?? '';
      lines.forEach(onLine);
    }
  };

  const watcher = watch(file, readOn);
  return () => {
    watcher.close();
    readOn();
    if (begun !== '') onLine(begun);
    closeSync(fd);
  };
};
