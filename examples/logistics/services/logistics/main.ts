import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { logistics } from './store.ts';

runService('logistics', {}, (deps) => ({ participant: logistics, start: () => createApi(deps) }));
