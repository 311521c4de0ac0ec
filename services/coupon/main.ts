import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { coupon } from './store.ts';

runService('coupon', (ground) => ({ participant: coupon, beside: () => createApi(ground) }));
