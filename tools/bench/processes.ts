import { readFileSync } from 'node:fs';

/** CPU milliseconds (user and system) that a process has used so far; Linux counts them in ticks of 10 ms. */
export const cpuMs = (pid: number): number => {
  // The name, in brackets, may hold blanks: count from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

export const memoryMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
