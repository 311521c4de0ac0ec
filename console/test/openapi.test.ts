import { describe, expect, it } from 'vitest';
import { as, consoleWith, loginAccess } from './app.ts';

type Schema = {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
};
type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { content?: Record<string, unknown> }>;
};

const access = await loginAccess();
const { app } = await consoleWith(access);
// A session of its own for each call: one of them ends it.
const operator = () => as(access, 'operator');
const reader = () => as(access, 'reader');
const document = (await (await app.request('/openapi.json')).json()) as {
  paths: Record<string, Record<'get' | 'post', Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
);

const json = { 'content-type': 'application/json' };
const id = '0198c0de-0000-7000-8000-000000000000';
const good: Record<string, string> = { orderId: id, service: 'stock', seq: '1', id: '1' };
const addressOf = (path: string, values: Record<string, string> = good) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
const nonsense = ['%00', '%E0%A4%A', '%27%20OR%201=1', '-1', '0', '1e3', '0x10', '9'.repeat(40), 'x'.repeat(3_000)];

type Question = { what: string; path: string; headers: Record<string, string>; body?: string };

/** All that somebody may get wrong about a call, and the call as it should be. */
const questionsAbout = ({ method, path, operation }: (typeof operations)[number]): Question[] => {
  const there = addressOf(path);
  const withBody = (what: string, body: string, headers: Record<string, string> = json): Question => ({
    ...{ what, path: there, headers: { ...operator(), ...headers }, body },
  });
  const isPost = method === 'post';
  const sent = isPost ? { body: '{"why":"a test","to":"stock","all":true,"name":"ann"}' } : {};
  const questions: Question[] = [
    { what: 'nobody', path: there, headers: isPost ? json : {}, ...sent },
    { what: 'a reader', path: there, headers: { ...reader(), ...(isPost && json) }, ...sent },
    { what: 'an operator', path: there, headers: { ...operator(), ...(isPost && json) }, ...sent },
    { what: 'a cookie that is none', path: there, headers: { cookie: 'quadrille=x.y', ...(isPost && json) }, ...sent },
  ];
  for (const { name } of operation.parameters?.filter((each) => each.in === 'path') ?? [])
    for (const value of nonsense)
      questions.push({
        ...{ what: `${name} ${value.slice(0, 20)}`, path: addressOf(path, { ...good, [name]: value }) },
        ...{ headers: { ...operator(), ...(isPost && json) }, ...sent },
      });
  if (!isPost) {
    const names = operation.parameters?.filter((each) => each.in === 'query').map(({ name }) => name) ?? [];
    for (const name of [...names, 'colour'])
      for (const value of ['', ...nonsense])
        questions.push({
          what: `?${name}=${value.slice(0, 20)}`,
          path: `${there}?${name}=${value}`,
          headers: operator(),
        });
    return questions;
  }
  const { cookie = '' } = operator();
  return [
    ...questions,
    { what: 'no token', path: there, headers: { cookie, ...json }, ...sent },
    {
      what: 'another cluster',
      path: there,
      headers: { ...operator(), ...json, origin: 'https://evil.example' },
      ...sent,
    },
    withBody('no JSON', '{'),
    withBody('a list', '[]'),
    withBody('nothing', ''),
    withBody('an unknown field', '{"colour":"red"}'),
    withBody('fields of another type', '{"why":7,"to":{},"all":"no","user":"-1","seq":[],"name":null}'),
    withBody('text', 'why', { 'content-type': 'text/plain' }),
    withBody('a compressed body', '{}', { ...json, 'content-type': 'application/gzip' }),
    withBody('too much', JSON.stringify({ why: 'x'.repeat(1_100_000) })),
  ];
};

describe.each(operations)('E1: $name', (route) => {
  const { method, path, operation } = route;

  it('answers what its document says, whatever it is asked', async () => {
    const documented = Object.keys(operation.responses);
    for (const { what, path: asked, headers, body } of questionsAbout(route)) {
      const init = { method: method.toUpperCase(), headers, ...(body !== undefined && { body }) };
      const response = await app.request(asked, init);
      expect([what, documented]).toEqual([what, expect.arrayContaining([String(response.status)])]);
      if (response.status < 400) continue;
      expect([what, response.headers.get('content-type')]).toEqual([what, 'application/problem+json']);
      expect([what, await response.json()]).toMatchObject([what, { status: response.status }]);
      if (response.status === 503 || response.status === 429)
        expect([what, response.headers.get('retry-after')]).toEqual([what, expect.stringMatching(/^\d+$/)]);
    }
  });

  it('refuses another method with 405, and names those there are', async () => {
    const there = Object.keys(document.paths[path] ?? {}).map((each) => each.toUpperCase());
    const allowed = there.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]));
    for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((each) => !there.includes(each))) {
      const response = await app.request(addressOf(path), { method: other, headers: operator() });
      expect([other, response.status, response.headers.get('allow')]).toEqual([other, 405, allowed.join(', ')]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('names the bounds of all that it takes', () => {
    const body = operation.requestBody?.content['application/json'].schema;
    const unbound = [
      ...(operation.parameters ?? []).flatMap(({ name, schema }) => unboundIn(name, schema)),
      ...(body ? unboundIn('body', body) : []),
    ];
    expect(unbound).toEqual([]);
  });

  it('takes nothing beyond the bounds that it names', async () => {
    for (const { name, schema } of operation.parameters?.filter((each) => each.in === 'query') ?? [])
      for (const value of beyond(schema)) {
        const response = await app.request(
          `${addressOf(path)}?${new URLSearchParams({ to: 'stock', [name]: value })}`,
          {
            headers: operator(),
          },
        );
        expect([name, value.slice(0, 30), response.status]).toEqual([name, value.slice(0, 30), 400]);
      }
  });
});

const unboundIn = (name: string, schema: Schema): string[] => {
  const { type, properties, items, anyOf } = schema;
  if (anyOf) return anyOf.flatMap((each) => unboundIn(name, each));
  if (properties) return Object.entries(properties).flatMap(([key, each]) => unboundIn(`${name}.${key}`, each));
  if (items) return unboundIn(`${name}[]`, items);
  if (schema.enum || schema.const !== undefined || type === 'boolean' || type === 'object') return [];
  if (type === 'string' && (schema.maxLength ?? schema.format ?? schema.pattern) !== undefined) return [];
  if (type === 'integer' && schema.minimum !== undefined && schema.maximum !== undefined) return [];
  return [`${name}: ${JSON.stringify(schema)}`];
};

const beyond = ({ type, enum: values, minimum, maximum, maxLength, pattern, format }: Schema): string[] => [
  ...(values ? ['nothing-of-these'] : []),
  ...(type === 'integer' ? [String(Number(minimum) - 1), String(BigInt(maximum ?? 0) + 1n), '1.5'] : []),
  ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
  ...(pattern === undefined && format === undefined ? [] : ['!']),
];

describe('E1: pages', () => {
  it.each([
    ['POST', '/orders', 'GET, HEAD'],
    ['GET', '/logout', 'POST'],
    ['DELETE', '/login', 'GET, HEAD, POST'],
    ['POST', '/assets/live.js', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405', async (method, path, allow) => {
    const response = await app.request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(response.headers.get('content-type')).toContain('text/html');
  });

  it('an operation on a parked event that there is not is 404, and does nothing', async () => {
    const init = { method: 'POST', headers: { ...operator(), ...json }, body: '{"why":"a test"}' };
    expect((await app.request('/parked/stock/1/promote', init)).status).toBe(404);
  });
});
