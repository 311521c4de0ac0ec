import { subjectId } from '@quadrille/contracts/subject';
import { rowsOf } from '@quadrille/db/rows';
import { nothing, type Participant } from '@quadrille/participant/decide';
import type { Command } from '@quadrille/participant/runtime';
import { type Details, type ProductState, save } from './rules.ts';
import { productItems } from './schema.ts';

export const productItemRows = rowsOf(productItems, 'itemId');

/** It subscribes to nothing: what it tells begins with a person. */
export const product: Participant<ProductState, never> = {
  name: 'product',
  subscribes: [],
  // A command names its row.
  state: { item: { rows: productItemRows, key: () => undefined } },
  decide: () => nothing,
  status: ({ item }) => item && `price ${item.price}, revision ${item.revision}`,
};

export const saveCommand = (productId: number, details: Details): Command<ProductState> => ({
  name: 'save',
  correlationId: subjectId('product', productId),
  keys: { item: productId },
  decide: (state, now) => save(productId, details, state, now),
});
