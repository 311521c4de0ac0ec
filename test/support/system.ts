import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, type NewOrder, type Order } from '@quadrille/client';
import { asAdmin } from '@quadrille/db/grants';
import { countUnsettled } from '@quadrille/stack/consistency';
import type { ProcessName } from '@quadrille/stack/process-env';
import { type Stack, startStack } from '@quadrille/stack/stack';
import { until } from './until.ts';

type Answer<Body> = { status: number; headers: Headers; body: Body };

export type System = {
  readonly stack: Stack;
  readonly client: Client;
  readonly call: <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<Body>>;
  /** @returns the order's id */
  readonly submit: (order: NewOrder) => Promise<string>;
  readonly order: (orderId: string) => Promise<Order>;
  /** The order once its status is one of these. */
  readonly orderWhen: (orderId: string, ...statuses: Order['status'][]) => Promise<Order>;
  /** Rows of any database, as the administrator. */
  readonly rows: <Row = Record<string, unknown>>(sql: string) => Promise<Row[]>;
  readonly settled: () => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** The whole system with its own Kafka, database and data folder, for one test file. */
export const startSystem = async (
  options: { env?: Record<string, string>; processes?: ProcessName[] } = {},
): Promise<System> => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-e2e-'));
  const stack = await startStack({ dir, ports: 'free', ...options });

  const call = async <Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, stack.urls.gateway), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as Body };
  };
  const client = createClient({ baseUrl: stack.urls.gateway });

  return {
    stack,
    client,
    call,
    order: (orderId) => client.read(orderId),
    submit: async (order) => (await client.submit(order)).orderId,
    orderWhen: async (orderId, ...statuses) => {
      const wanted = `order ${orderId} ${statuses.join(' or ')}`;
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(new Error(`never came: ${wanted}`)), 60_000);
      try {
        for await (const order of client.follow(orderId, patience)) if (statuses.includes(order.status)) return order;
        throw new Error(`can never come: ${wanted}`);
      } finally {
        clearTimeout(timer);
      }
    },
    rows: <Row>(sql: string) =>
      asAdmin(stack.mysqlUrl, async (admin) => (await admin.query(sql))[0] as unknown as Row[]),
    settled: () => until('all orders settled', async () => (await countUnsettled(stack.mysqlUrl)) === 0),
    stop: async () => {
      await stack.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
