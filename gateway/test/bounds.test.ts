import { describe, expect, it } from 'vitest';
import type { Upstream } from '../upstream.ts';
import { awayUpstream, gateway, orderId, orderView, post, readProblem, seedOrder } from './fake-orders.ts';

type Schema = {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
};
type Parameter = { readonly in: string; readonly name: string; readonly required?: boolean; readonly schema: Schema };
type Operation = { readonly parameters?: readonly Parameter[]; readonly requestBody?: object };
type Document = {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: { readonly SubmitOrder: { readonly properties: Record<string, Schema> } } };
};

const answering = (body: unknown): Upstream => ({ ...awayUpstream, call: async () => ({ status: 200, body }) });
const product = { productId: 1, price: 1, available: 1, reserved: 0, sold: 0 };
const start = () =>
  gateway(
    {
      find: async () => orderView(),
      wait: async () => orderView(),
      cancel: async () => ({ outcome: 'cancelling', order: orderView() }),
    },
    undefined,
    {
      stock: answering({ ...product, products: [], next: null }),
      coupon: answering({ coupons: [], next: null }),
    },
  );
const { app } = start();
const document = (await (await app.request('/openapi.json')).json()) as Document;

/** What these say is used if it can be, and never refused. */
const free = new Set(['traceparent', 'If-None-Match', 'Last-Event-ID']);

const parameters = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { parameters = [] }]) =>
    parameters
      .filter(({ name }) => path.startsWith('/api/') && !path.endsWith('/webhook') && !free.has(name))
      // Where login is off, as here, nobody knows it otherwise.
      .map((each) => (each.name === 'userId' ? { ...each, required: true } : each))
      .map((parameter) => ({
        method,
        path,
        parameter,
        all: parameters.map((each) => (each.name === 'userId' ? { ...each, required: true } : each)),
        title: `${method} ${path}: ${parameter.name}`,
      })),
  ),
);

/** The bounds of a whole number, and what lies next to them. As text, for beyond the last bound numbers are not exact. */
const aroundNumber = ({ minimum, exclusiveMinimum, maximum }: Schema) => {
  const low = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1);
  if (low === undefined || maximum === undefined) throw new Error('the document tells no bounds');
  return {
    good: [String(low), String(maximum)],
    bad: [String(BigInt(low) - 1n), String(BigInt(maximum) + 1n)],
  };
};

const validCursor = Buffer.from(`${orderId} 1 `).toString('base64url');
/** A text of this length that the parameter takes. */
const textOf = (name: string, path: string, length: number) =>
  name === 'cursor' && path === '/api/v1/orders' ? validCursor : '9'.repeat(length);

const around = ({ name, schema }: Parameter, path: string): { good: string[]; bad: string[] } => {
  if (schema.enum)
    return { good: [...schema.enum], bad: ['', `${schema.enum[0]}x`, String(schema.enum[0]).toUpperCase()] };
  if (schema.format === 'uuid')
    return { good: [orderId, orderId.toUpperCase()], bad: [orderId.slice(1), `${orderId}0`] };
  if (schema.type === 'integer') return aroundNumber(schema);
  const { minLength, maxLength, pattern } = schema;
  if (minLength === undefined || maxLength === undefined || pattern === undefined)
    throw new Error('the document tells no bounds');
  const [shortest, longest] = [textOf(name, path, minLength), textOf(name, path, maxLength)];
  for (const text of [shortest, longest]) {
    expect(text).toMatch(new RegExp(pattern));
    expect(text.length).toBeLessThanOrEqual(maxLength);
  }
  return { good: [shortest, longest], bad: ['9'.repeat(minLength - 1), '9'.repeat(maxLength + 1)] };
};

const send = (method: string, path: string, parameter: Parameter, all: readonly Parameter[], value: string) => {
  const { app } = start();
  const query = new URLSearchParams();
  for (const { in: place, name, required } of all) if (place === 'query' && required) query.set(name, '1');
  if (parameter.in === 'query') query.set(parameter.name, value);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name) =>
    parameter.in === 'path' && parameter.name === name ? encodeURIComponent(value) : name === 'orderId' ? orderId : '1',
  );
  const headers: Record<string, string> = parameter.in === 'header' ? { [parameter.name]: value } : {};
  const init = method === 'post' ? post(JSON.stringify(seedOrder), headers) : { headers };
  return app.request(`${filled}?${query}`.replace(/\?$/, ''), init);
};

describe('E1: the document and the gateway agree about each parameter', () => {
  it('E1: knows the parameters that there are', () => {
    expect([...new Set(parameters.map(({ parameter }) => parameter.name))].sort()).toEqual(
      ['Idempotency-Key', 'cursor', 'limit', 'orderId', 'productId', 'status', 'until', 'userId', 'wait'].sort(),
    );
  });

  it.each(parameters)(
    'E1: $title is taken at its bounds, and refused beyond',
    async ({ method, path, parameter, all }) => {
      const { good, bad } = around(parameter, path);
      for (const value of good)
        expect([value, (await send(method, path, parameter, all, value)).ok]).toEqual([value, true]);
      for (const value of bad) {
        // Without a value in its path it is another path.
        if (value === '' && parameter.in === 'path') continue;
        const { status, fields } = await readProblem(await send(method, path, parameter, all, value));
        expect([value, status, fields]).toEqual([value, 400, [parameter.name]]);
      }
    },
  );

  it.each(parameters.filter(({ parameter }) => parameter.schema.default !== undefined))(
    'E1: $title may be left out, as its default says',
    async ({ method, path, parameter, all }) => {
      expect(parameter.required).not.toBe(true);
      const value = String(parameter.schema.default);
      expect((await send(method, path, parameter, all, value)).ok).toBe(true);
    },
  );

  it.each(Object.entries(document.components.schemas.SubmitOrder.properties))(
    'E1: %s of an order is taken at its bounds, and refused beyond',
    async (field, schema) => {
      const { good, bad } = aroundNumber(schema);
      const { [field as keyof typeof seedOrder]: _, ...others } = seedOrder;
      const bodyWith = (value: string) => JSON.stringify(others).replace(/\}$/, `,"${field}":${value}}`);
      for (const value of good)
        expect([value, (await start().app.request('/api/v1/orders', post(bodyWith(value)))).status]).toEqual([
          value,
          202,
        ]);
      for (const value of bad) {
        const { status, fields } = await readProblem(
          await start().app.request('/api/v1/orders', post(bodyWith(value))),
        );
        expect([value, status, fields]).toEqual([value, 400, [field]]);
      }
    },
  );

  it('E1: headers that are no business of ours are never refused', async () => {
    for (const name of free) {
      const { app } = start();
      for (const value of ['', 'x'.repeat(2_000), '-1'])
        expect((await app.request(`/api/v1/orders/${orderId}`, { headers: { [name]: value } })).status).toBe(200);
    }
  });
});
