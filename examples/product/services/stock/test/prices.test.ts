import { productPriced } from '@quadrille/contracts/product-events';
import { fold, now, received } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { decide, type Received, type StockState } from '../rules.ts';

const known: StockState = {
  reservation: undefined,
  product: { productId: 1, price: 1100, available: 97, reserved: 2, sold: 1 },
};
const unknown: StockState = { reservation: undefined, product: undefined };
const rule = (state: StockState, event: Received) => decide(state, event, now);
const priced = (revision: number) => received(productPriced.of({ productId: 1, price: 1000 + revision, revision }));

describe('a price that product has announced', () => {
  it.each([
    ['in their order', [1, 2, 3]],
    ['in another order', [3, 1, 2]],
    ['more than once', [1, 3, 3, 2, 1]],
  ])('is the newest one in the end, when announcements come %s', (_, revisions) => {
    const { state, emitted } = fold(rule, known, revisions.map(priced));
    expect(state).toMatchObject({ product: { ...known.product, price: 1003 }, priced: { productId: 1, revision: 3 } });
    expect(emitted).toEqual([]);
  });

  it('makes a product known of which nothing is there', () => {
    const { state } = fold(rule, unknown, [priced(1)]);
    expect(state.product).toEqual({ productId: 1, price: 1001, available: 0, reserved: 0, sold: 0 });
  });
});
