import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { createApi } from './api.ts';
import { eraseUsers, forgetOrders } from './erasure.ts';
import type { Received, UserState } from './rules.ts';
import { user } from './store.ts';

runService<UserState, Received, Record<never, never>>('user', {}, ({ pool, log, onStop }) => ({
  participant: user,
  start: (service) => {
    const sweepers = [
      startSweeper({ what: 'users erased', every: 1_000, work: () => eraseUsers(pool, service), log }),
      startSweeper({ what: 'users of orders forgotten', every: 1_000, work: () => forgetOrders(pool, service), log }),
    ];
    onStop('sweepers', async () => {
      await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
    });
    return createApi({ pool, service, log });
  },
}));
