import { runService } from '@quadrille/participant/service';
import { stock } from './store.ts';

runService('stock', () => stock);
