import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';
import type { Order } from '../client.ts';

export const orderId = '0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10';
export const newOrder = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

export const order = (changes: Partial<Order> = {}): Order => ({
  orderId,
  ...newOrder,
  discount: 0,
  status: 'submitted',
  final: false,
  version: 1,
  reason: null,
  pendingCompensations: [],
  owed: [],
  awaitedSteps: [],
  payment: null,
  submittedAt: '2026-08-25T10:00:00.000Z',
  placedAt: null,
  finishedAt: null,
  updatedAt: '2026-08-25T10:00:00.000Z',
  links: { self: `/api/v1/orders/${orderId}` },
  ...changes,
});

export type Asked = { readonly call: string; readonly headers: IncomingHttpHeaders; readonly body: string };
export type Answer = (response: ServerResponse, asked: Asked, request: IncomingMessage) => void;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** An API that gives these answers one after the other, the last of them again and again, and writes down what it was asked. */
export const serve = async (...answers: [Answer, ...Answer[]]): Promise<{ baseUrl: string; asked: Asked[] }> => {
  const asked: Asked[] = [];
  const [first, ...rest] = answers;
  let next = first;
  const server = createServer(async (request, response) => {
    const question = { call: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) };
    asked.push(question);
    const answer = next;
    next = rest.shift() ?? next;
    answer(response, question, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };

export const problem = (status: number, detail: string, headers: Record<string, string> = {}): Answer =>
  json(status, { type: 'about:blank', title: 'Problem', status, detail }, headers);

export const taken = json(202, { orderId, status: 'submitted', links: { self: `/api/v1/orders/${orderId}` } });

export const cutOff: Answer = (response) => void response.destroy();

export const silence: Answer = () => {};
