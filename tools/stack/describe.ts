import { relative } from 'node:path';
import { styleText } from 'node:util';
import { type ProcessName, processNames } from './process-env.ts';
import type { Stack } from './stack.ts';

/** What runs where, and what to try first. */
export const describeStack = (stack: Stack, without: ProcessName[], tookMs: number): string => {
  const gateway = `localhost:${stack.ports.gateway}`;
  const body = '{"userId":1,"productId":1,"amount":1100,"productCount":1,"couponId":1}';
  return [
    '',
    table([['name', 'pid', 'address', 'log'], ...processRows(stack, without), ...serverRows(stack)]),
    '',
    `The shop: http://${gateway}/`,
    'Or place an order:',
    `  curl -s ${gateway}/api/v1/submit -H 'content-type: application/json' -d '${body}'`,
    'and ask how it is, with the orderId of the answer:',
    `  curl -s ${gateway}/api/v1/orders/ORDER_ID`,
    `Swagger: http://${gateway}/apis/swagger/index.html`,
    '',
    `${styleText('bold', `Ready after ${(tookMs / 1000).toFixed(1)} s.`)} Ctrl-C stops everything.`,
    '',
  ].join('\n');
};

const processRows = ({ processes, urls }: Stack, without: ProcessName[]): string[][] => {
  return processNames.map((name) => {
    const process = processes.get(name);
    return process
      ? [name, String(process.pid), urls[name], shortPath(process.logFile)]
      : [name, '-', without.includes(name) ? `left out: npm run service -- ${name}` : '-', '-'];
  });
};

const serverRows = ({ brokers, mysqlUrl, servers }: Stack): string[][] => {
  const { host } = new URL(mysqlUrl);
  const given = [
    { name: 'kafka', address: brokers.join(',') },
    { name: 'mysql', address: host },
  ];
  const own = servers.own.map(({ name, pid, logFile }) => {
    const address = name === 'database' ? host : brokers[Number(name.replace(/\D+/, '') || 1) - 1];
    return [name === 'database' ? 'mysql' : name, String(pid()), String(address), shortPath(logFile)];
  });
  const missing = given.filter(({ name }) => !own.some(([ownName]) => ownName?.startsWith(name)));
  return [...own, ...missing.map(({ name, address }) => [name, 'given', address, '-'])];
};

const shortPath = (file: string): string => {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
};

export const table = (rows: string[][]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
};
