import { subjectId } from '@quadrille/contracts/subject';
import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import { erase, forget, type UserState } from './rules.ts';
import { drawNumber, ordersToForget, usersToErase } from './store.ts';

type Service = Pick<RunningParticipant<UserState>, 'execute'>;

const atOnce = 500;

/** Empties the accounts of users who left and have no open order; answers how many. */
export const eraseUsers = async (pool: Pool, service: Service): Promise<number> => {
  const found = await usersToErase(pool, atOnce);
  for (const userId of found)
    await service.execute({
      name: 'erase',
      correlationId: subjectId('user', userId),
      keys: { account: userId },
      decide: erase,
    });
  return found.length;
};

/** Forgets whose the orders of erased users are, and has the others forget it; answers how many. */
export const forgetOrders = async (pool: Pool, service: Service): Promise<number> => {
  const found = await ordersToForget(pool, atOnce);
  await Promise.all(
    found.map((orderId) => service.execute({ name: 'forget', correlationId: orderId, decide: forget(drawNumber()) })),
  );
  return found.length;
};
