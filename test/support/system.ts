import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderView } from '@quadrille/contracts/orders-http';
import { asAdmin } from '@quadrille/db/grants';
import { countUnsettled } from '@quadrille/stack/books';
import type { ProcessName } from '@quadrille/stack/process-env';
import { type Stack, startStack } from '@quadrille/stack/stack';
import { until } from './until.ts';

type Answer<Body> = { status: number; headers: Headers; body: Body };

export type System = {
  readonly stack: Stack;
  readonly call: <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<Body>>;
  /** Places an order by `POST /api/v1/orders`. @returns its id */
  readonly submit: (order: Record<string, unknown>) => Promise<string>;
  readonly order: (orderId: string) => Promise<OrderView>;
  /** The order once its status is one of these. */
  readonly orderWhen: (orderId: string, ...statuses: OrderView['status'][]) => Promise<OrderView>;
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
  const order = async (orderId: string) => (await call<OrderView>('GET', `/api/v1/orders/${orderId}`)).body;

  return {
    stack,
    call,
    order,
    submit: async (body) => {
      const answer = await call<{ orderId: string }>('POST', '/api/v1/orders', body);
      if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body.orderId;
    },
    orderWhen: (orderId, ...statuses) =>
      until(`order ${orderId} ${statuses.join(' or ')}`, async () => {
        const found = await order(orderId);
        return statuses.includes(found.status) && found;
      }),
    rows: <Row>(sql: string) =>
      asAdmin(stack.mysqlUrl, async (admin) => (await admin.query(sql))[0] as unknown as Row[]),
    settled: () => until('all orders settled', async () => (await countUnsettled(stack.mysqlUrl)) === 0),
    stop: async () => {
      await stack.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
