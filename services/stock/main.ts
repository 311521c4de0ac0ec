import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { stock } from './store.ts';

runService('stock', (ground) => ({ participant: stock, beside: () => createApi(ground) }));
