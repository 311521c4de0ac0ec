import { describe, expect, it } from 'vitest';
import { orderCreated } from '../order-events.ts';
import { submitOrder } from '../orders-http.ts';

const body = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 1 };

describe('the body of an order', () => {
  it('may leave out the coupon', () => {
    const { couponId: _, ...without } = body;
    expect(submitOrder.parse(without)).toEqual({ ...body, couponId: 0 });
  });

  it.each([
    ['userId', 0],
    ['productId', '1'],
    ['amount', 0],
    ['amount', -1],
    ['amount', 1.5],
    ['amount', '1100'],
    ['amount', 2 ** 53],
    ['productCount', 0],
    ['productCount', 1_000_001],
    ['couponId', -1],
    ['couponId', '0'],
  ])('is refused for %s: %j', (field, value) => {
    const { error } = submitOrder.safeParse({ ...body, [field]: value });
    expect(new Set(error?.issues.map(({ path }) => path.join('.')))).toEqual(new Set([field]));
  });

  it('is refused for a field that it does not know', () => {
    expect(submitOrder.safeParse({ ...body, discount: 1100 }).success).toBe(false);
  });

  it('when it is taken, can be told to the others', () => {
    const largest = { ...body, userId: 2 ** 53 - 1, amount: 1_000_000_000_000, productCount: 1_000_000, couponId: 0 };
    expect(orderCreated.schema.parse(submitOrder.parse(largest))).toEqual(largest);
  });
});
