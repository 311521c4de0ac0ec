import { inWords, now, unlawful } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { save } from '../rules.ts';

const details = { name: 'Tea mug', description: '', picture: 'mug', price: 1100 } as const;
const known = { itemId: 7, ...details, revision: 4, updatedAt: new Date(0) };

describe('product', () => {
  it.each([
    ['a new product', undefined, details, 'revision 1, says product-priced'],
    ['a new price', known, { ...details, price: 900 }, 'revision 5, says product-priced'],
    ['a price of nothing, which takes it off sale', known, { ...details, price: 0 }, 'revision 5, says product-priced'],
    ['a new name', known, { ...details, name: 'Mug' }, 'revision 4'],
    ['the same once more', known, details, 'revision 4'],
  ])('takes %s', (_, item, said, expected) => {
    const { state, emit = [] } = save(7, said, { item }, now);
    expect(inWords(`revision ${state?.item?.revision}`, emit)).toBe(expected);
    expect(state?.item).toMatchObject(said);
    expect(unlawful('product', emit)).toEqual([]);
  });
});
