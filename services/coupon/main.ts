import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { coupon } from './store.ts';

runService('coupon', {}, (deps) => ({ participant: coupon, start: () => createApi(deps) }));
