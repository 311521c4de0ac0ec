import {
  paymentCreated,
  paymentExpired,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  paymentVoided,
} from '@quadrille/contracts/payment-events';
import { fold, inWords, now, unlawful } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { expire, type PayState, refunded, subscribes } from '../rules.ts';
import {
  allTakenOff,
  applied,
  cancelled,
  charge,
  chargeId,
  expiresAt,
  fifteenMinutes,
  given,
  type Happening,
  happenings,
  payment,
  paymentId,
  rule,
  type Status,
} from './happenings.ts';

const nothingToUndo = 'says payment-voided (nothing-to-undo)';
const ended = {
  'coupon-applied': 'nothing',
  'order-cancelled': nothingToUndo,
  start: 'nothing',
  'the customer declines': 'nothing',
  'the provider declines': 'nothing',
  expire: 'nothing',
  'given back': 'nothing',
  'given back in part': 'nothing',
};
const repeats = {
  charged: 'nothing',
  'charged another amount': 'nothing',
  'charged a second time': 'charge to-refund',
};
/** The refund comes before the charge. */
const refundFirst = { 'given back': 'charge refunded', 'given back in part': 'charge refunded' };
const isBack = 'refunded, charge refunded, says payment-refunded';
const goesBack = 'refunding, charge to-refund';
const late = { charged: goesBack, 'charged another amount': goesBack, 'charged a second time': goesBack };

/** Pay's lines of the choreography. The type asks for a row for each status, and in each row for all that can happen. */
const choreography: Record<Status, Record<Happening, string>> = {
  'no row': {
    ...ended,
    'coupon-applied': 'pending, says payment-created',
    'order-cancelled': `tombstone, ${nothingToUndo}`,
    charged: 'nothing',
    'charged another amount': 'nothing',
    'charged a second time': 'nothing',
  },
  pending: {
    'coupon-applied': 'nothing',
    'order-cancelled': 'voided, says payment-voided (undone)',
    start: 'pending',
    'the customer declines': 'failed, says payment-failed',
    'the provider declines': 'failed, says payment-failed',
    expire: 'expired, says payment-expired',
    charged: 'succeeded, charge kept, says payment-succeeded',
    'charged another amount': `${goesBack}, says payment-failed`,
    'charged a second time': 'succeeded, charge kept, says payment-succeeded',
    ...refundFirst,
  },
  succeeded: { ...ended, ...repeats, 'order-cancelled': goesBack, 'given back': isBack },
  failed: { ...ended, ...late, ...refundFirst },
  expired: { ...ended, ...late, ...refundFirst },
  voided: { ...ended, ...late, ...refundFirst },
  refunding: {
    ...ended,
    ...repeats,
    'order-cancelled': 'nothing',
    'given back': isBack,
  },
  refunded: { ...ended, ...repeats },
  tombstone: {
    ...ended,
    charged: 'nothing',
    'charged another amount': 'nothing',
    'charged a second time': 'nothing',
  },
};

const becomes = (state: Partial<PayState> | undefined): string | undefined =>
  [state?.payment?.status, state?.charge && `charge ${state.charge.status}`].filter(Boolean).join(', ') || undefined;

describe('pay, line by line', () => {
  it('has a line for every event it subscribes to', () => {
    expect(happenings).toEqual(expect.arrayContaining(subscribes.map(({ type }) => type)));
  });

  for (const status of Object.keys(choreography) as Status[])
    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (happening, expected) => {
      const { state, emit } = rule(given(status), happening as Happening);
      expect(inWords(becomes(state), emit)).toBe(expected);
      expect(unlawful('pay', emit ?? [])).toEqual([]);
    });
});

describe('pay, to the letter', () => {
  it('asks for what the coupon left, until it expires', () => {
    expect(rule(given('no row'), applied)).toEqual({
      state: { payment: payment('pending') },
      emit: [paymentCreated.of({ paymentId, amount: 100, discount: 1000, expiresAt: expiresAt.toISOString() })],
    });
  });

  it('is paid at once, without a charge, when the coupon left nothing to pay', () => {
    expect(rule(given('no row'), allTakenOff)).toEqual({
      state: { payment: payment('succeeded', { amount: 0 }) },
      emit: [
        paymentCreated.of({ paymentId, amount: 0, discount: 1000, expiresAt: expiresAt.toISOString() }),
        paymentSucceeded.of({ paymentId, amount: 0 }),
      ],
    });
  });

  it('and then has no money to give back', () => {
    const free = { payment: payment('succeeded', { amount: 0 }), charge: undefined };
    expect(rule(free, cancelled)).toEqual({
      state: { payment: payment('voided', { amount: 0 }) },
      emit: [paymentVoided.of({ outcome: 'undone' })],
    });
  });

  it('remembers when the provider was first asked', () => {
    const { state } = rule(given('pending'), 'start');
    expect(state).toEqual({ payment: payment('pending', { startedAt: now }) });
    const later = new Date(now.getTime() + 1_000);
    expect(rule({ ...given('pending'), ...state }, 'start', later)).toEqual({});
  });

  it('keeps exactly the money it asked for', () => {
    expect(rule(given('pending'), 'charged')).toEqual({
      state: { payment: payment('succeeded', { chargeId }), charge: charge('kept') },
      emit: [paymentSucceeded.of({ paymentId, amount: 100 })],
    });
  });

  it('fails on another amount, and gives it back', () => {
    const message = 'the provider charged 99 in place of 100';
    expect(rule(given('pending'), 'charged another amount')).toEqual({
      state: { payment: payment('refunding', { chargeId }), charge: { ...charge('to-refund'), amount: 99 } },
      emit: [paymentFailed.of({ paymentId, reason: { code: 'payment-amount-mismatch', message, step: 'pay' } })],
    });
  });

  it.each(['customer', 'provider'] as const)('says that it was the %s who declined', (who) => {
    const message = `the ${who} declined the payment`;
    expect(rule(given('pending'), `the ${who} declines`)).toEqual({
      state: { payment: payment('failed') },
      emit: [paymentFailed.of({ paymentId, reason: { code: 'payment-declined', message, step: 'pay' } })],
    });
  });

  it('expires when its time has come by the database, not before', () => {
    const message = 'the order was not paid in time';
    expect(expire(given('pending'), new Date(expiresAt.getTime() - 1))).toEqual({});
    expect(expire(given('pending'), expiresAt)).toEqual({
      state: { payment: payment('expired', { updatedAt: new Date(now.getTime() + fifteenMinutes) }) },
      emit: [paymentExpired.of({ paymentId, reason: { code: 'payment-expired', message, step: 'pay' } })],
    });
  });

  it('gives back exactly what was charged, and says so when it is back', () => {
    const { state, emitted } = fold(rule, given('succeeded'), ['order-cancelled', 'given back']);
    expect(state).toEqual({ payment: payment('refunded', { chargeId }), charge: charge('refunded') });
    expect(emitted).toEqual([paymentRefunded.of({ paymentId, amount: 100 })]);
  });

  it('gives a second charge back without a word to the others', () => {
    const second = { ...charge('to-refund'), chargeId: 'ch_2' };
    expect(rule(given('succeeded'), 'charged a second time')).toEqual({ state: { charge: second } });
    expect(refunded({ chargeId: 'ch_2', amount: 100 })({ ...given('succeeded'), charge: second }, now)).toEqual({
      state: { charge: { ...charge('refunded'), chargeId: 'ch_2' } },
    });
    // Also while the first is under way: the order waits for that one.
    expect(refunded({ chargeId: 'ch_2', amount: 100 })({ ...given('refunding'), charge: second }, now)).toEqual({
      state: { charge: { ...charge('refunded'), chargeId: 'ch_2' } },
    });
  });

  it('E3: a refund that is told of before its charge: the order is not paid, and the books say that the money is back', () => {
    const first = fold(rule, given('pending'), ['given back']);
    expect(first.state).toEqual({
      payment: payment('pending'),
      charge: { ...charge('refunded'), chargedAt: null },
    });
    expect(first.emitted).toEqual([]);
    const { state, emitted } = fold(rule, first.state, ['charged']);
    expect(state).toEqual({ payment: payment('refunded', { chargeId }), charge: charge('refunded') });
    const message = 'the provider has given the payment back';
    expect(emitted).toEqual([
      paymentFailed.of({ paymentId, reason: { code: 'payment-refunded', message, step: 'pay' } }),
      paymentRefunded.of({ paymentId, amount: 100 }),
    ]);
  });

  it('E3: a refund of a part that comes first does not count', () => {
    const { state } = fold(rule, given('pending'), ['given back in part', 'charged']);
    expect(state).toEqual({ payment: payment('succeeded', { chargeId }), charge: charge('kept') });
  });

  it('remembers a cancellation that comes first, and then asks for nothing', () => {
    const { state, emitted } = fold(rule, given('no row'), [cancelled, applied]);
    expect(state).toEqual(given('tombstone'));
    expect(emitted).toEqual([paymentVoided.of({ outcome: 'nothing-to-undo' })]);
  });
});
