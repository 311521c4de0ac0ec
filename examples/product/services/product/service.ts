import { defineService } from '@quadrille/participant/definition';
import { seed } from './seed.ts';
import { product, saveCommand } from './store.ts';

export const productService = defineService({
  name: 'product',
  participant: () => product,
  drawCommand: (below) =>
    saveCommand(1 + below(3), { name: 'Mug', description: '', picture: 'mug', price: 1000 + 100 * below(4) }),
  seed,
  api: 'public',
});
