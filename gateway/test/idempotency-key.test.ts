import { describe, expect, it } from 'vitest';
import { gateway, orderId, post, readProblem, seedOrder } from './fake-orders.ts';

const body = JSON.stringify(seedOrder);

describe.each(['/api/v1/orders', '/api/v1/submit'])('an Idempotency-Key on POST %s', (path) => {
  it.each(['k', 'basket-7', '!~"\\', 'x'.repeat(255)])('goes on to the order service: %s', async (key) => {
    const { app, calls } = gateway();
    const response = await app.request(path, post(body, { 'idempotency-key': key }));
    expect(response.ok).toBe(true);
    expect(calls.submit.map((call) => call[2])).toEqual([key]);
  });

  it('need not be', async () => {
    const { app, calls } = gateway();
    await app.request(path, post(body));
    expect(calls.submit.map((call) => call[2])).toEqual([undefined]);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['two words', 'a b'],
    ['two headers', 'a, b'],
    ['a tab', 'a\tb'],
    ['not ASCII', 'schl\u00fcssel'],
  ])('is refused when it is %s', async (_what, key) => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request(path, post(body, { 'idempotency-key': key })));
    expect(problem).toMatchObject({ status: 400, fields: ['Idempotency-Key'] });
    expect(count()).toBe(0);
  });

  it('that belongs to another body is a 422', async () => {
    const { app } = gateway({ submit: async () => ({ reused: true }) });
    const problem = await readProblem(await app.request(path, post(body, { 'idempotency-key': 'k' })));
    expect(problem).toMatchObject({ status: 422, type: 'application/problem+json', fields: ['Idempotency-Key'] });
  });

  it('gets the same answer each time', async () => {
    const { app } = gateway({ submit: async () => ({ orderId }) });
    const answers = [];
    for (let time = 0; time < 2; time++) {
      const response = await app.request(path, post(body, { 'idempotency-key': 'k' }));
      answers.push([response.status, [...response.headers], await response.text()]);
    }
    expect(answers[1]).toEqual(answers[0]);
  });
});
