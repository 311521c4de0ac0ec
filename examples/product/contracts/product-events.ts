import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { id, money } from './values.ts';

const product = publisherOf('product', 'product-events');

/** A product has a new price. Of two announcements about a product, the one with the higher revision is the newer one. */
export const productPriced = product(
  'product-priced',
  1,
  { kind: 'announcement', about: 'product' },
  z.object({ productId: id, price: money, revision: id }),
);
export type ProductPriced = EventOf<typeof productPriced>;
