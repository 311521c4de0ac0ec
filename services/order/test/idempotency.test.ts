import { now, orderId } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { hashKey, type SubmitState, submitOnce } from '../idempotency.ts';
import { deadline, nobody, request } from './happenings.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const hashesOf = (idempotencyKey: string | undefined, changes: Partial<typeof request> = {}) =>
  hashKey({ order: { ...request, ...changes }, traceparent, ...(idempotencyKey !== undefined && { idempotencyKey }) });

describe('a key', () => {
  it('is not there when none is given', () => {
    expect(hashesOf(undefined)).toBeUndefined();
  });

  it('is kept as hashes, of one length however long it is', () => {
    for (const key of ['k', 'x'.repeat(255)])
      expect(hashesOf(key)).toEqual({
        keyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
  });

  it('is the same for the same user and key, whatever the order and its trace are', () => {
    const { keyHash } = hashesOf('k') ?? {};
    expect(hashesOf('k', { amount: 7 })?.keyHash).toBe(keyHash);
    expect(hashKey({ order: request, traceparent: 'another', idempotencyKey: 'k' })).toEqual(hashesOf('k'));
  });

  it.each([
    ['another key', hashesOf('K')],
    ['another user', hashesOf('k', { userId: 2 })],
  ])('of %s is another', (_whose, other) => {
    expect(other?.keyHash).not.toBe(hashesOf('k')?.keyHash);
  });

  it('of user 1 with 1... is not that of user 11', () => {
    expect(hashesOf('1k', { userId: 1 })?.keyHash).not.toBe(hashesOf('k', { userId: 11 })?.keyHash);
  });

  it.each(['productId', 'amount', 'productCount', 'couponId'] as const)('knows the order by its %s', (field) => {
    expect(hashesOf('k', { [field]: 7_777 })?.requestHash).not.toBe(hashesOf('k')?.requestHash);
  });

  it('does not take neighbouring fields for each other', () => {
    const [one, other] = [
      hashesOf('k', { productCount: 1, couponId: 12 }),
      hashesOf('k', { productCount: 11, couponId: 2 }),
    ];
    expect(one?.requestHash).not.toBe(other?.requestHash);
  });
});

describe('a submission', () => {
  const hashes = hashesOf('k');
  const submission = { orderId, order: request, hashes, deadline };
  const hour = 3_600_000;
  const known = (age: number): SubmitState => ({
    ...nobody,
    idempotencyKey: {
      keyHash: hashes?.keyHash ?? '',
      requestHash: hashes?.requestHash ?? '',
      orderId: 'the first',
      createdAt: new Date(now.getTime() - age),
    },
  });

  it('without a key makes an order', () => {
    const { state, emit } = submitOnce(
      { ...nobody, idempotencyKey: undefined },
      { ...submission, hashes: undefined },
      now,
    );
    expect(state).toEqual({ order: expect.objectContaining({ orderId, status: 'submitted' }) });
    expect(emit?.map(({ type }) => type)).toEqual(['order-created']);
  });

  it('with a new key makes an order and keeps the key', () => {
    const { state, emit } = submitOnce({ ...nobody, idempotencyKey: undefined }, submission, now);
    expect(state).toMatchObject({ order: { orderId }, idempotencyKey: { ...hashes, orderId, createdAt: now } });
    expect(emit?.map(({ type }) => type)).toEqual(['order-created']);
  });

  it.each([0, 1, 24 * hour - 1])('with a key that is %i ms old does nothing', (age) => {
    expect(submitOnce(known(age), submission, now)).toEqual({});
  });

  it.each([24 * hour, 48 * hour])('with a key that is %i ms old makes an order and keeps the key for that', (age) => {
    const { state, emit } = submitOnce(known(age), submission, now);
    expect(state).toMatchObject({ order: { orderId }, idempotencyKey: { orderId, createdAt: now } });
    expect(emit).toHaveLength(1);
  });
});
