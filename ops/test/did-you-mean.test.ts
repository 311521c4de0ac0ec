import { describe, expect, it } from 'vitest';
import { handlesWith } from '../cluster.ts';
import { nearest, oneOf } from '../did-you-mean.ts';
import { checkSelection, leaseOf } from '../replay/selection.ts';

const words = ['order', 'stock', 'coupon', 'pay'] as const;

describe('a wrong word', () => {
  it.each([
    ['stcok', 'stock'],
    ['Order', 'order'],
    ['coupn', 'coupon'],
    ['cou', 'coupon'],
    ['warehouse', undefined],
  ])('%s is taken for %s', (text, word) => expect(nearest(text, words)).toBe(word));

  it('is answered with the right one, or with all', () => {
    expect(() => oneOf('service', 'stok', words)).toThrow('There is no service "stok": did you mean stock?');
    expect(() => oneOf('service', 'x', words)).toThrow('There is no service "x": there are order, stock, coupon, pay.');
  });
});

describe('a selection', () => {
  const { stock } = handlesWith({ env: {} });

  it.each([
    [{ types: ['stock-reserved'] }, 'stock does not subscribe to stock-reserved: it subscribes to order-created'],
    [{ types: ['order-craeted'] }, 'did you mean order-created?'],
    [{ topic: 'stock-events' }, 'stock subscribes to nothing from stock-events'],
    [{ topic: 'order-event' }, 'did you mean order-events?'],
    [{ partition: 1 }, '--partition needs the --topic'],
    [{ topic: 'order-events', firstOffset: '1' }, '--offset needs'],
    [{ topic: 'order-events', partition: 1, firstOffset: '9', lastOffset: '10' }, null],
    [{ topic: 'order-events', partition: 1, firstOffset: '10', lastOffset: '9' }, 'ends before it begins'],
    [{ from: '2026-01-02T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z' }, 'swap them'],
  ])('%o: %s', (selection, message) => {
    const check = () => checkSelection({ to: 'stock', ...selection }, stock);
    if (message === null) expect(check).not.toThrow();
    else expect(check).toThrow(message);
  });

  it('is the same one however it is written', () => {
    expect(leaseOf({ to: 'stock', userId: 1, from: undefined })).toBe(leaseOf({ userId: 1, to: 'stock' }));
    expect(leaseOf({ to: 'stock', userId: 1 })).not.toBe(leaseOf({ to: 'stock', userId: 2 }));
  });
});
