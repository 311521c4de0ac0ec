import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** CPU milliseconds (user and system) that a process has used so far; Linux counts them in ticks of 10 ms. */
export const cpuMs = (pid: number): number => {
  // The name, in brackets, may hold blanks: count from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

export const memoryMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Bytes of the records in the logs of the event topics, of all brokers. */
export const recordBytes = (kafkaFolder: string): number =>
  readdirSync(kafkaFolder, { withFileTypes: true, recursive: true })
    .filter(({ parentPath, name }) => name.endsWith('.log') && /-events-\d+$/.test(parentPath))
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

/** Bytes of all files in a folder; of one that is being written, about. */
export const sizeOfFolder = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => {
      try {
        return sum + statSync(join(parentPath, name)).blocks * 512;
      } catch {
        return sum;
      }
    }, 0);
