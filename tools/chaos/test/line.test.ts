import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '@quadrille/simulate/random';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Line, startLine } from '../line.ts';

const numbers = Array.from({ length: 400 }, (_, index) => index);
let received = '';
const server = createServer((socket) => {
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.pipe(socket).on('error', () => {});
});
let line: Line;
let client: Socket;
let heard: number[];

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line = await startLine({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  client = connect(line.port, '127.0.0.1').setNoDelay(true);
  heard = [];
  received = '';
  client.on('data', (chunk) => {
    for (const number of chunk.toString().split(' ')) if (number) heard.push(Number(number));
  });
  client.on('error', () => {});
  await once(client, 'connect');
});
afterEach(async () => {
  client.destroy();
  await line.close();
  server.close();
});

it('keeps the order of what it delays, whatever the delay becomes meanwhile', async () => {
  const random = randomFrom(1);
  for (const number of numbers) {
    if (number % 20 === 0) random.chance(0.3) ? line.calm() : line.delay(random.between(0, 25));
    client.write(`${number} `);
    await sleep(random.between(0, 1));
  }
  await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(numbers.length);
  expect(heard).toEqual(numbers);
});

it('holds everything back while it is stalled, and then lets it go', async () => {
  line.stall();
  for (const number of numbers) client.write(`${number} `);
  await sleep(50);
  expect(heard).toEqual([]);
  line.calm();
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual(numbers);
});

it('loses answers and then the connection', async () => {
  line.dropAnswers();
  client.write('1 ');
  await sleep(50);
  const closed = once(client, 'close');
  line.calm();
  await closed;
  expect(heard).toEqual([]);
});

it('takes a COMMIT to the server, and not its answer back', async () => {
  line.cutAtCommit(1);
  const closed = once(client, 'close');
  client.write('COMMIT');
  await closed;
  expect(received).toBe('COMMIT');
  expect(heard).toEqual([]);
});
