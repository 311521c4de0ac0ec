import { type Product, products } from './schema.ts';

/** The article's goods. */
const rows: Product[] = [
  { productId: 1, price: 1100, available: 100, reserved: 0, sold: 0 },
  { productId: 2, price: 2200, available: 200, reserved: 0, sold: 0 },
];

export const seed = { table: products, rows };
