import { productPriced } from '@quadrille/contracts/product-events';
import type { Decision } from '@quadrille/participant/decide';
import type { ProductItem } from './schema.ts';

export type ProductState = { readonly item: ProductItem | undefined };

/** What a person says of a product. */
export type Details = Pick<ProductItem, 'name' | 'description' | 'picture' | 'price'>;

/** Adds a product to the catalogue, or changes it. A new price is announced; names and pictures are nobody else's business. */
export const save = (
  productId: number,
  details: Details,
  { item }: ProductState,
  now: Date,
): Decision<ProductState> => {
  const { price } = details;
  const isNewPrice = item?.price !== price;
  const revision = (item?.revision ?? 0) + (isNewPrice ? 1 : 0);
  return {
    state: { item: { itemId: productId, ...details, revision, updatedAt: now } },
    emit: isNewPrice ? [productPriced.of({ productId, price, revision })] : [],
  };
};
