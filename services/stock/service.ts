import { defineService } from '@quadrille/participant/definition';
import { seed } from './seed.ts';
import { stock } from './store.ts';

export const stockService = defineService({ name: 'stock', participant: () => stock, seed });
