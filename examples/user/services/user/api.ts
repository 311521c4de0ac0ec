import { subjectId } from '@quadrille/contracts/subject';
import { id } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import { leave, type UserState } from './rules.ts';
import { accountRows, addAccount, countOpenOrders } from './store.ts';

const line = z.string().trim().min(1).max(255);
const person = z.strictObject({ name: line, email: z.email().max(255), address: line });

type Deps = { pool: Pool; service: Pick<RunningParticipant<UserState>, 'execute'>; log: Log };

/** The HTTP API of user. Only what is below `/api/v1/user` is public. */
export const createApi = ({ pool, service, log }: Deps): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  api.post('/api/v1/user/accounts', async (c) => {
    const body = person.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: 'give name, email and address' }, 400);
    return c.json(await addAccount(pool, body.data), 201);
  });

  api.get('/accounts/:userId', async (c) => {
    const userId = z.coerce.number().pipe(id).safeParse(c.req.param('userId'));
    if (!userId.success) return c.json({ error: 'wrong user id' }, 400);
    const [account] = await accountRows.read(pool, [userId.data]);
    if (!account) return c.json({ error: 'unknown user' }, 404);
    const { status, name, email, address } = account;
    return c.json({ status, name, email, address, openOrders: await countOpenOrders(pool, userId.data) });
  });

  api.post('/accounts/:userId/erase', async (c) => {
    const userId = z.coerce.number().pipe(id).safeParse(c.req.param('userId'));
    if (!userId.success) return c.json({ error: 'wrong user id' }, 400);
    const { account } = await service.execute({
      name: 'leave',
      correlationId: subjectId('user', userId.data),
      keys: { account: userId.data },
      decide: leave,
    });
    return account ? c.json({ status: account.status }, 202) : c.json({ error: 'unknown user' }, 404);
  });

  return api;
};
