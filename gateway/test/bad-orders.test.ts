import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gateway, post, readProblem, seedOrder } from './fake-orders.ts';

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const withField = (field: string, value: string) =>
  `{"userId":1,"productId":1,"amount":1100,"productCount":1${field === 'couponId' ? '' : ',"couponId":1'}}`.replace(
    field === 'couponId' ? /\}$/ : new RegExp(`"${field}":\\d+`),
    field === 'couponId' ? `,"couponId":${value}}` : `"${field}":${value}`,
  );
const without = (field: keyof typeof seedOrder) => JSON.stringify({ ...seedOrder, [field]: undefined });
const and = (more: string) => JSON.stringify(seedOrder).replace(/\}$/, `,${more}}`);

const badValues = ['"1"', '1.5', '-1', '1e400', '-1e400', '9007199254740993', 'null', 'true', '[]', '{}', '[[[[1]]]]'];
const fields = Object.keys(seedOrder) as (keyof typeof seedOrder)[];

const table: [what: string, body: string | Uint8Array<ArrayBuffer>, named: string[]][] = [
  ...fields.flatMap((field) =>
    // A coupon that is null is none.
    badValues
      .filter((value) => field !== 'couponId' || value !== 'null')
      .map((value): [string, string, string[]] => [`${field} ${value}`, withField(field, value), [field]]),
  ),
  ...fields
    .filter((field) => field !== 'couponId')
    .map((f): [string, string, string[]] => [`${f} missing`, without(f), [f]]),
  ['userId 0', withField('userId', '0'), ['userId']],
  ['amount 0', withField('amount', '0'), ['amount']],
  ['amount beyond a trillion', withField('amount', '1000000000001'), ['amount']],
  ['productCount beyond a million', withField('productCount', '1000001'), ['productCount']],
  ['several wrong', '{"userId":"x","amount":-1}', ['userId', 'productId', 'amount', 'productCount']],
  ['an unknown field', and('"status":"paid"'), ['status']],
  ['__proto__', and('"__proto__":{"amount":1}'), ['__proto__']],
  ['constructor', and('"constructor":{"prototype":{}}'), ['constructor']],
  ['a repeated field', and('"amount":1'), ['amount']],
  ['a repeated field behind an escape', and('"\\u0061mount":1'), ['amount']],
  ['an empty object', '{}', ['userId', 'productId', 'amount', 'productCount']],
  ['an empty body', '', ['body']],
  ['spaces', '  \n', ['body']],
  ['no JSON', '{"userId":', ['body']],
  ['two objects', `${JSON.stringify(seedOrder)}{}`, ['body']],
  ['NaN', withField('amount', 'NaN'), ['body']],
  ['an array', '[]', ['body']],
  ['a string', '"order"', ['body']],
  ['null', 'null', ['body']],
  ['a number', '1e400', ['body']],
  ['deep nesting', '['.repeat(30_000) + ']'.repeat(30_000), ['body']],
  ['deep nesting, never closed', '{"a":'.repeat(10_000), ['body']],
  ['deep nesting in a field', withField('amount', '['.repeat(20_000) + ']'.repeat(20_000)), ['amount']],
  ['invalid UTF-8', bytes('{"userId":1,"x', [0xff, 0xfe], '":1}'), ['body']],
  ['UTF-16', new Uint8Array(Buffer.from(`\ufeff${JSON.stringify(seedOrder)}`, 'utf16le')), ['body']],
  ['a NUL', '{"userId":1\0}', ['body']],
];

describe.each(['/api/v1/orders', '/api/v1/submit'])('POST %s refuses', (path) => {
  it.each(table)('%s', async (_what, body, named) => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request(path, post(body)));
    expect(problem).toMatchObject({ status: 400, type: 'application/problem+json', fields: named });
    expect(problem.body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(count()).toBe(0);
  });

  it.each([
    ['none', undefined],
    ['a form', 'application/x-www-form-urlencoded'],
    ['text', 'text/plain'],
    ['another character set', 'application/json; charset=utf-16'],
    ['something like JSON', 'application/jsonp'],
  ])('the content type: %s', async (_what, contentType) => {
    const { app, count } = gateway();
    const body = new Uint8Array(Buffer.from(JSON.stringify(seedOrder)));
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const problem = await readProblem(await app.request(path, { method: 'POST', body, headers }));
    expect(problem).toMatchObject({ status: 415, type: 'application/problem+json' });
    expect(count()).toBe(0);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'GZIP', 'gzip, identity', 'identity, gzip', 'aes128gcm', 'x'])(
    'E2: a body with the encoding %s, and says which is taken',
    async (encoding) => {
      const { app, count } = gateway();
      const body = new Uint8Array(gzipSync(JSON.stringify(seedOrder)));
      const response = await app.request(path, post(body, { 'content-encoding': encoding }));
      expect(response.headers.get('accept-encoding')).toBe('identity');
      const problem = await readProblem(response);
      expect(problem).toMatchObject({ status: 415, type: 'application/problem+json', fields: ['Content-Encoding'] });
      expect(count()).toBe(0);
    },
  );

  it('thousands of unknown fields, in a short answer', async () => {
    const { app } = gateway();
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`field${index}`, index]));
    const problem = await readProblem(await app.request(path, post(JSON.stringify({ ...seedOrder, ...many }))));
    expect(problem.fields).toHaveLength(20);
  });

  it('never repeats a value that was sent', async () => {
    const { app } = gateway();
    const response = await app.request(path, post(withField('amount', '"canary-7f3a"')));
    expect(await response.text()).not.toContain('canary');
  });
});

describe('POST /api/v1/submit', () => {
  it('refuses one field in two spellings', async () => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request('/api/v1/submit', post(and('"userID":2'))));
    expect(problem).toMatchObject({ status: 400, fields: ['userId'] });
    expect(count()).toBe(0);
  });
});

describe('E2: what may be left out of an order', () => {
  const bare = '"userId":1,"productId":1,"amount":1100,"productCount":1';
  it.each([
    ['/api/v1/orders', `{${bare}}`],
    ['/api/v1/orders', `{${bare},"couponId":null}`],
    ['/api/v1/orders', `{${bare},"couponId":0}`],
    ['/api/v1/submit', `{${bare},"couponID":null}`],
    ['/api/v1/submit', `{${bare}}`],
  ])('E2: %s takes %s as an order without a coupon', async (path, body) => {
    const { app, calls } = gateway();
    expect((await app.request(path, post(body))).ok).toBe(true);
    expect(calls.submit[0]?.[0]).toEqual({ ...seedOrder, couponId: 0 });
  });

  it('E2: an encoding of identity is none', async () => {
    const { app } = gateway();
    for (const encoding of ['identity', 'Identity', '']) {
      const answer = await app.request(
        '/api/v1/orders',
        post(JSON.stringify(seedOrder), { 'content-encoding': encoding }),
      );
      expect(answer.status).toBe(202);
    }
  });
});
