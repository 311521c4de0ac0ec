import type { OrderView } from '@quadrille/contracts/orders-http';
import { createLog } from '@quadrille/process/log';
import { buildApp } from '../app.ts';
import type { HeldCalls } from '../held-calls.ts';
import type { Access } from '../login/access.ts';
import type { OrdersClient } from '../orders-client.ts';
import { ServiceUnavailable, type Upstream } from '../upstream.ts';
import { forEachUpstream, type Upstreams } from '../upstreams.ts';

export const orderId = '0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10';
export const paymentId = '0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b11';
export const seedOrder = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 1 };

export const orderView = (changes: Partial<OrderView> = {}): OrderView => ({
  orderId,
  ...seedOrder,
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
  ...changes,
});

/** Of the system that the gateway belongs to. */
export const token = 'the token of the system in the tests';

type Calls = { [Name in keyof OrdersClient]: Parameters<OrdersClient[Name]>[] };

/** An order service that answers as the test says and writes down how it was called. */
export const fakeOrders = (answers: Partial<OrdersClient> = {}) => {
  const calls: Calls = { submit: [], find: [], wait: [], next: [], list: [], cancel: [], isReady: [] };
  const client: OrdersClient = {
    submit: async (...call) => {
      calls.submit.push(call);
      return answers.submit ? answers.submit(...call) : { orderId };
    },
    find: async (...call) => {
      calls.find.push(call);
      return answers.find?.(...call);
    },
    wait: async (...call) => {
      calls.wait.push(call);
      return answers.wait?.(...call);
    },
    next: async (...call) => {
      calls.next.push(call);
      return answers.next?.(...call);
    },
    list: async (...call) => {
      calls.list.push(call);
      return answers.list ? answers.list(...call) : { orders: [], next: null };
    },
    cancel: async (...call) => {
      calls.cancel.push(call);
      return answers.cancel?.(...call);
    },
    isReady: async () => {
      calls.isReady.push([]);
      return answers.isReady ? answers.isReady() : true;
    },
  };
  return { client, calls, count: () => Object.values(calls).reduce((sum, list) => sum + list.length, 0) };
};

export const silent = Object.assign(createLog('gateway'), { level: 'silent' });

const away = async () => {
  throw new ServiceUnavailable('This service is away.');
};
/** A service behind the gateway that is away; tests put in what they need. */
export const awayUpstream: Upstream = { send: away, call: away, isReady: async () => false, close: async () => {} };

export const gateway = (
  answers: Partial<OrdersClient> = {},
  held?: HeldCalls,
  others: Partial<Upstreams> = {},
  access: Access = { kind: 'off' },
) => {
  const orders = fakeOrders(answers);
  const upstreams = { ...forEachUpstream(() => awayUpstream), ...others };
  const parts = {
    orders: orders.client,
    upstreams,
    publicUrl: 'https://shop.example',
    systemToken: token,
    access,
    log: silent,
  };
  return { ...orders, app: buildApp(held ? { ...parts, held } : parts) };
};

export const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
});

type ProblemBody = { type: string; title: string; status: number; errors?: { field: string; message: string }[] };

/** The answer as problem details, and which fields it names. */
export const readProblem = async (response: Response) => {
  const body = (await response.json()) as ProblemBody & Record<string, unknown>;
  const fields = (body.errors ?? []).map(({ field }) => field);
  return { status: response.status, type: response.headers.get('content-type'), body, fields };
};
