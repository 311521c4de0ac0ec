import { runService } from '@quadrille/participant/service';
import { coupon } from './store.ts';

runService('coupon', () => coupon);
