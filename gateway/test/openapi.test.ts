import { submitOrder } from '@quadrille/contracts/orders-http';
import { describe, expect, it } from 'vitest';
import { examples } from '../document.ts';
import { gateway, orderView } from './fake-orders.ts';

type Operation = {
  operationId: string;
  responses: Record<string, { content?: Record<string, unknown> }>;
  requestBody?: unknown;
};
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: object } };

const { app } = gateway();
const document = (await (await app.request('/openapi.json')).json()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

describe('the OpenAPI document', () => {
  it('names exactly the routes there are', () => {
    const routes = app.routes.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.sort());
    expect(routes.length).toBeGreaterThan(9);
  });

  it('gives each call a name of its own', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  });

  it.each(operations)(
    '$name ends only in problem details when it fails, or in a page for people',
    ({ name, operation }) => {
      const types = ['application/problem+json', ...(/ \/pay\//.test(name) ? ['text/html'] : [])];
      for (const [status, { content = {} }] of Object.entries(operation.responses))
        if (Number(status) >= 400) expect(types).toContain(Object.keys(content).join());
    },
  );

  it.each([
    ['POST /api/v1/orders', ['202', '400', '401', '403', '413', '415', '422', '429', '500', '503']],
    ['POST /api/v1/submit', ['200', '400', '401', '403', '413', '415', '422', '429', '500', '503']],
    ['GET /api/v1/orders/{orderId}', ['200', '304', '400', '401', '403', '404', '429', '500', '503']],
    ['POST /api/v1/orders/{orderId}/cancel', ['202', '400', '401', '403', '404', '409', '413', '429', '500', '503']],
    ['GET /ready', ['200', '500', '503']],
  ])('%s lists its answers', (name, statuses) => {
    const operation = operations.find((candidate) => candidate.name === name)?.operation;
    expect(Object.keys(operation?.responses ?? {})).toEqual(statuses);
  });

  it('has every schema it refers to', () => {
    const referred = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(referred));
    expect(referred).not.toEqual([]);
  });

  it('names every field of an order', () => {
    const { Order } = document.components.schemas as { Order: { properties: object } };
    expect(Object.keys(Order.properties).sort()).toEqual([...Object.keys(orderView()), 'links'].sort());
  });

  it('has examples that are orders', () => {
    for (const { value } of Object.values(examples.orders)) expect(submitOrder.parse(value)).toEqual(value);
  });
});

describe('Swagger UI', () => {
  it('takes everything from this host, and all of it is there', async () => {
    const response = await app.request('/apis/swagger/index.html');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset);
    expect(assets).toContain('swagger-ui-bundle.js');
    for (const asset of assets) {
      const answer = await app.request(`/apis/swagger/${asset}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^(text\/(css|javascript)|image\/png)/);
    }
  });

  it.each(['/apis/swagger/..%2Fpackage.json', '/apis/swagger/constructor', '/apis/swagger/swagger-ui-bundle.js.map'])(
    'serves nothing else: %s',
    async (path) => {
      expect((await app.request(path)).status).toBe(404);
    },
  );
});
