import { events } from '@quadrille/contracts/catalogue';
import type { Event } from '@quadrille/contracts/event';
import type { OrderCreated } from '@quadrille/contracts/order-events';
import { awaitedSteps, rejections } from '@quadrille/contracts/saga';
import { userConfirmed, userErased, userForgotten, userRejected } from '@quadrille/contracts/user-events';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Account, UserOrder } from './schema.ts';

export type UserState = { readonly entry: UserOrder | undefined; readonly account: Account | undefined };

/** An order has ended well when all of these have come. */
const lastSteps = ['payment-succeeded', ...awaitedSteps.filter((type) => type !== userConfirmed.type)];

export const subscribes = events.filter(
  ({ type, publisher }) =>
    publisher !== 'user' && (type === 'order-created' || lastSteps.includes(type) || rejections.includes(type)),
);
export type Received = Event;

const hasEnded = (seen: readonly string[]): boolean =>
  seen.some((type) => rejections.includes(type)) || lastSteps.every((type) => seen.includes(type));

export const decide = ({ entry, account }: UserState, event: Received, now: Date): Decision<UserState> => {
  if (entry?.seen.includes(event.type)) return nothing;
  const seen = [...(entry?.seen ?? []), event.type];
  const before = entry ?? { userId: null, status: 'waiting', endedAt: null };
  const endedAt = before.endedAt ?? (hasEnded(seen) ? now : null);
  const row: UserOrder = { ...before, orderId: event.correlationId, seen, endedAt, updatedAt: now };
  return event.type === 'order-created' ? check(row, account, event as OrderCreated, now) : { state: { entry: row } };
};

/** The reason goes to all services and stays there, so it does not name the user. */
const unknownUser = { code: 'unknown-user', message: 'the user of the order has no account', step: 'user' } as const;

const check = (row: UserOrder, account: Account | undefined, { data }: OrderCreated, now: Date): Decision<UserState> =>
  account?.status === 'active'
    ? { state: { entry: { ...row, userId: data.userId, status: 'confirmed' } }, emit: [userConfirmed.of({})] }
    : {
        state: { entry: { ...row, userId: data.userId, status: 'rejected', endedAt: row.endedAt ?? now } },
        emit: [userRejected.of({ reason: unknownUser })],
      };

/** The user wants to be erased. From now on there are no new orders. */
export const leave = ({ account }: UserState, now: Date): Decision<UserState> =>
  account?.status === 'active' ? { state: { account: { ...account, status: 'leaving', updatedAt: now } } } : nothing;

/** The last open order has ended. */
export const erase = ({ account }: UserState, now: Date): Decision<UserState> => {
  if (account?.status !== 'leaving') return nothing;
  const { userId } = account;
  return {
    state: { account: { userId, status: 'erased', name: null, email: null, address: null, updatedAt: now } },
    emit: [userErased.of({ userId })],
  };
};

/** Forgets whose order it is. @param pseudonym drawn for this order alone */
export const forget =
  (pseudonym: number) =>
  ({ entry }: UserState, now: Date): Decision<UserState> =>
    entry && entry.userId !== null
      ? { state: { entry: { ...entry, userId: null, updatedAt: now } }, emit: [userForgotten.of({ pseudonym })] }
      : nothing;
