import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import type { ProductState } from './rules.ts';
import { product } from './store.ts';

runService<ProductState, never, Record<never, never>>('product', {}, (deps) => ({
  participant: product,
  start: (service) => createApi({ ...deps, service }),
}));
