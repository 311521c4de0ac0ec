import { randomInt } from 'node:crypto';
import type { OrderCreated } from '@quadrille/contracts/order-events';
import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { and, count, eq, isNull, sql } from 'drizzle-orm';
import { decide, type Received, subscribes, type UserState } from './rules.ts';
import { type Account, accounts, userOrders } from './schema.ts';

export const userOrderRows = rowsOf(userOrders, 'orderId');
export const accountRows = rowsOf(accounts, 'userId');

export const user: Participant<UserState, Received> = {
  name: 'user',
  subscribes,
  state: {
    entry: { rows: userOrderRows, key: (orderId) => orderId },
    account: {
      rows: accountRows,
      key: (_orderId, event) => (event?.type === 'order-created' ? (event as OrderCreated).data.userId : undefined),
    },
  },
  decide,
  status: ({ entry, account }) => entry?.status ?? account?.status,
};

/** A number that says nothing: of a new account, or in place of a user who is forgotten. */
export const drawNumber = (): number => randomInt(1_000_000, 2 ** 47);

export const addAccount = async (
  pool: Pool,
  person: Pick<Account, 'name' | 'email' | 'address'>,
): Promise<{ userId: number }> => {
  const userId = drawNumber();
  await query(pool)
    .insert(accounts)
    .values({ userId, status: 'active', ...person, updatedAt: sql`UTC_TIMESTAMP(3)` });
  return { userId };
};

export const countOpenOrders = async (pool: Pool, userId: number): Promise<number> => {
  const isOpen = and(eq(userOrders.userId, userId), isNull(userOrders.endedAt));
  const [found] = await query(pool).select({ orders: count() }).from(userOrders).where(isOpen);
  return found?.orders ?? 0;
};

/** Users who want to be erased and have no open order. */
export const usersToErase = async (pool: Pool, limit: number): Promise<number[]> => {
  const isOpen = and(eq(userOrders.userId, accounts.userId), isNull(userOrders.endedAt));
  const found = await query(pool)
    .select({ userId: accounts.userId })
    .from(accounts)
    .leftJoin(userOrders, isOpen)
    .where(and(eq(accounts.status, 'leaving'), isNull(userOrders.orderId)))
    .limit(limit);
  return found.map(({ userId }) => userId);
};

/** Orders of users who are erased. An order that was on its way when its user left is among them, too. */
export const ordersToForget = async (pool: Pool, limit: number): Promise<string[]> => {
  const found = await query(pool)
    .select({ orderId: userOrders.orderId })
    .from(userOrders)
    .innerJoin(accounts, eq(accounts.userId, userOrders.userId))
    .where(eq(accounts.status, 'erased'))
    .limit(limit);
  return found.map(({ orderId }) => orderId);
};
