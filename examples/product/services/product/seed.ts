import { type ProductItem, productItems } from './schema.ts';

const first = { revision: 0, updatedAt: new Date(0) };

/** The goods that stock begins with, at the prices that stock begins with. */
const rows: ProductItem[] = [
  { itemId: 1, name: 'Tea mug', description: 'Holds a quarter of a litre.', picture: 'mug', price: 1100, ...first },
  { itemId: 2, name: 'Desk lamp', description: 'Warm light, a metre high.', picture: 'lamp', price: 2200, ...first },
];

export const seed = { table: productItems, rows };
