import { defineService } from '@quadrille/participant/definition';
import { perOrder } from './per-order.ts';
import { seed } from './seed.ts';
import { user } from './store.ts';

export const userService = defineService({ name: 'user', participant: () => user, perOrder, seed, api: 'public' });
