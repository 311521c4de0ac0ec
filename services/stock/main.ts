import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { stock } from './store.ts';

runService('stock', {}, (deps) => ({ participant: stock, start: () => createApi(deps) }));
