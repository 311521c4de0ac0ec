import type { Event, NewEvent } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { paymentSucceeded } from '@quadrille/contracts/payment-events';
import { awaitedSteps } from '@quadrille/contracts/saga';
import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { userErased, userForgotten } from '@quadrille/contracts/user-events';
import { everyWay, inWords, now, orderId, received, unlawful, waysThatBreak } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { decide, erase, forget, leave, type UserState } from '../rules.ts';
import type { Account, AccountStatus, UserOrder } from '../schema.ts';

const accountIn = (status: AccountStatus): Account => ({
  ...{ userId: 7, status, name: 'Ada', email: 'ada@example.org', address: 'some street', updatedAt: now },
});
const confirmed: UserOrder = {
  ...{ orderId, userId: 7, seen: ['order-created'], status: 'confirmed', endedAt: null, updatedAt: now },
};
const event = (made: NewEvent): Event => received(made);
const created = event(orderCreated.of({ userId: 7, productId: 1, productCount: 1, amount: 1100, couponId: 0 }));
const paid = event(sampleOf(paymentSucceeded));
const cancelled = event(sampleOf(orderCancelled));
const rule = (state: UserState, happened: Event) => decide(state, happened, now);

describe('the user of an order', () => {
  it.each<[who: string, account: Account | undefined, expected: string]>([
    ['has an account', accountIn('active'), 'confirmed, says user-confirmed'],
    ['has none', undefined, 'rejected, says user-rejected'],
    ['is leaving', accountIn('leaving'), 'rejected, says user-rejected'],
    ['is erased', accountIn('erased'), 'rejected, says user-rejected'],
  ])('%s', (_who, account, expected) => {
    const { state, emit = [] } = rule({ entry: undefined, account }, created);
    expect(inWords(state?.entry?.status, emit)).toBe(expected);
    expect(unlawful('user', emit)).toEqual([]);
    expect(JSON.stringify(emit)).not.toContain('7');
  });

  it('is checked once, whatever order the topics deliver in, and the order ends once', () => {
    const steps = everyWay(rule, { entry: undefined, account: accountIn('active') }, [created, paid, cancelled]);
    const says = ({ emitted }: (typeof steps)[number]) => emitted.length > 0;
    const begins = ({ before, after }: (typeof steps)[number]) =>
      before.entry?.status !== 'confirmed' && after.entry?.status === 'confirmed';
    expect(waysThatBreak(steps, (step) => says(step) === begins(step))).toEqual([]);
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || after.entry?.endedAt === now)).toEqual([]);
  });

  it('has an open order until it is paid with all that is awaited, or rejected', () => {
    const endOf = (happened: Event) => rule({ entry: confirmed, account: undefined }, happened).state?.entry?.endedAt;
    expect(endOf(paid)).toBe(awaitedSteps.length > 1 ? null : now);
    expect(endOf(cancelled)).toBe(now);
  });
});

describe('an erasure', () => {
  it('begins with leaving', () => {
    const { state } = leave({ entry: undefined, account: accountIn('active') }, now);
    expect(state?.account?.status).toBe('leaving');
  });

  it('leaves nothing but the number', () => {
    expect(erase({ entry: undefined, account: accountIn('leaving') }, now)).toEqual({
      state: { account: { userId: 7, status: 'erased', name: null, email: null, address: null, updatedAt: now } },
      emit: [userErased.of({ userId: 7 })],
    });
  });

  it.each(['active', 'erased'] as const)('does nothing to an account that is %s', (status) => {
    expect(erase({ entry: undefined, account: accountIn(status) }, now)).toEqual({});
  });

  it('forgets whose order it is, once', () => {
    const { state, emit } = forget(99)({ entry: confirmed, account: undefined }, now);
    expect(state?.entry?.userId).toBe(null);
    expect(emit).toEqual([userForgotten.of({ pseudonym: 99 })]);
    expect(forget(98)({ entry: state?.entry, account: undefined }, now)).toEqual({});
  });
});
