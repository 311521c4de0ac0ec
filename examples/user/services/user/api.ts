import { subjectId } from '@quadrille/contracts/subject';
import { id } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { RunningParticipant } from '@quadrille/participant/participant';
import { ownerFor, readCaller } from '@quadrille/process/caller';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import { leave, type UserState } from './rules.ts';
import { accountRows, addAccount, countOpenOrders } from './store.ts';

const line = z.string().trim().min(1).max(255);
const person = z.strictObject({ name: line, email: z.email().max(255), address: line });

type Deps = { pool: Pool; service: Pick<RunningParticipant<UserState>, 'execute'>; log: Log };

/** The number in the path, if the caller may see that account; else null. */
const ownAccount = (inPath: string, headers: Headers): number | null => {
  const userId = z.coerce.number().pipe(id).safeParse(inPath);
  const owner = ownerFor(readCaller(headers));
  return userId.success && (owner === null || owner === userId.data) ? userId.data : null;
};

/** The HTTP API of user. What is below `/api/v1/user/public` is for everybody, the rest for the user and for operators. */
export const createApi = ({ pool, service, log }: Deps): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  api.post('/api/v1/user/public/accounts', async (c) => {
    const body = person.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: 'give name, email and address' }, 400);
    return c.json(await addAccount(pool, body.data), 201);
  });

  api.get('/api/v1/user/accounts/:userId', async (c) => {
    const userId = ownAccount(c.req.param('userId'), c.req.raw.headers);
    const [account] = userId === null ? [] : await accountRows.read(pool, [userId]);
    if (!account) return c.json({ error: 'unknown user' }, 404);
    const { status, name, email, address } = account;
    return c.json({ status, name, email, address, openOrders: await countOpenOrders(pool, account.userId) });
  });

  api.post('/api/v1/user/accounts/:userId/erase', async (c) => {
    const userId = ownAccount(c.req.param('userId'), c.req.raw.headers);
    if (userId === null) return c.json({ error: 'unknown user' }, 404);
    const { account } = await service.execute({
      name: 'leave',
      correlationId: subjectId('user', userId),
      keys: { account: userId },
      decide: leave,
    });
    return account ? c.json({ status: account.status }, 202) : c.json({ error: 'unknown user' }, 404);
  });

  return api;
};
