import { couponApplied } from '@quadrille/contracts/coupon-events';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { paymentCreated, paymentRefunded, paymentSucceeded, paymentVoided } from '@quadrille/contracts/payment-events';
import {
  everyWay,
  fold,
  inWords,
  now,
  orderId,
  received,
  unlawful,
  waysThatBreak,
} from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { decideWith, type Heard, hears, type PayState } from '../rules.ts';
import type { Payment, PaymentStatus } from '../schema.ts';

type Status = PaymentStatus | 'no row';

const applied = received(couponApplied.of({ userId: 1, couponId: 1, amount: 1100, discount: 1000 }));
const allTakenOff = received(couponApplied.of({ userId: 1, couponId: 1, amount: 1000, discount: 1000 }));
const reason = { code: 'cancelled-by-user', message: 'the user cancelled the order', step: 'order' } as const;
const heard: { [Type in Heard['type']]: Heard } = {
  'coupon-applied': applied,
  'order-cancelled': received(orderCancelled.of({ reason })),
};

const fifteenMinutes = 900_000;
const expiresAt = new Date('2025-09-01T12:15:00.000Z');
const paymentId = applied.id;
const payment = (status: PaymentStatus): Payment =>
  status === 'tombstone'
    ? { orderId, paymentId: null, userId: null, amount: 0, discount: 0, status, expiresAt: null, updatedAt: now }
    : { orderId, paymentId, userId: 1, amount: 100, discount: 1000, status, expiresAt, updatedAt: now };
const given = (status: Status): PayState => ({ payment: status === 'no row' ? undefined : payment(status) });
const decide = decideWith(fifteenMinutes);
const rule = (state: PayState, event: Heard) => decide(state, event, now);

const nothingToUndo = 'says payment-voided (nothing-to-undo)';

/** Pay's lines of the choreography. The type asks for a row for each status, and in each row for every event. */
const choreography: Record<Status, Record<Heard['type'], string>> = {
  'no row': {
    'coupon-applied': 'pending, says payment-created',
    'order-cancelled': `tombstone, ${nothingToUndo}`,
  },
  pending: { 'coupon-applied': 'nothing', 'order-cancelled': 'voided, says payment-voided (undone)' },
  succeeded: { 'coupon-applied': 'nothing', 'order-cancelled': 'refunded, says payment-refunded' },
  failed: { 'coupon-applied': 'nothing', 'order-cancelled': nothingToUndo },
  expired: { 'coupon-applied': 'nothing', 'order-cancelled': nothingToUndo },
  voided: { 'coupon-applied': 'nothing', 'order-cancelled': nothingToUndo },
  refunded: { 'coupon-applied': 'nothing', 'order-cancelled': nothingToUndo },
  tombstone: { 'coupon-applied': 'nothing', 'order-cancelled': nothingToUndo },
};

describe('pay, line by line', () => {
  for (const status of Object.keys(choreography) as Status[]) {
    it(`has a line for every event it hears: ${status}`, () => {
      expect(Object.keys(choreography[status]).sort()).toEqual(hears.map(({ type }) => type).sort());
    });

    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (type, expected) => {
      const { state, emit } = rule(given(status), heard[type as Heard['type']]);
      expect(inWords(state?.payment?.status, emit)).toBe(expected);
      expect(unlawful('pay', emit ?? [])).toEqual([]);
    });
  }
});

describe('pay, to the letter', () => {
  it('asks for what the coupon left, until it expires', () => {
    expect(rule(given('no row'), applied)).toEqual({
      state: { payment: payment('pending') },
      emit: [paymentCreated.of({ paymentId, amount: 100, discount: 1000, expiresAt: '2025-09-01T12:15:00.000Z' })],
    });
  });

  it('is paid at once when the coupon left nothing to pay', () => {
    expect(rule(given('no row'), allTakenOff)).toEqual({
      state: { payment: { ...payment('succeeded'), amount: 0 } },
      emit: [
        paymentCreated.of({ paymentId, amount: 0, discount: 1000, expiresAt: '2025-09-01T12:15:00.000Z' }),
        paymentSucceeded.of({ paymentId, amount: 0 }),
      ],
    });
  });

  it('voids a payment that waits', () => {
    expect(rule(given('pending'), heard['order-cancelled'])).toEqual({
      state: { payment: payment('voided') },
      emit: [paymentVoided.of({ outcome: 'undone' })],
    });
  });

  it('refunds exactly what was paid', () => {
    expect(rule(given('succeeded'), heard['order-cancelled'])).toEqual({
      state: { payment: payment('refunded') },
      emit: [paymentRefunded.of({ paymentId, amount: 100 })],
    });
  });

  it('remembers a cancellation that comes first, and then asks for nothing', () => {
    const { state, emitted } = fold(rule, given('no row'), [heard['order-cancelled'], applied]);
    expect(state).toEqual(given('tombstone'));
    expect(emitted).toEqual([paymentVoided.of({ outcome: 'nothing-to-undo' })]);
  });
});

describe('pay, whatever order the topics deliver in (R16, R26)', () => {
  it.each<[saga: string, start: Status, event: Heard, ends: PaymentStatus[]]>([
    ['the user cancels before paying', 'no row', applied, ['tombstone', 'voided']],
    ['the user cancels what cost nothing', 'no row', allTakenOff, ['tombstone', 'refunded']],
    ['the user cancels after paying', 'succeeded', applied, ['refunded']],
  ])('%s: no money is kept or awaited', (_saga, start, event, ends) => {
    const steps = everyWay(rule, given(start), [event, heard['order-cancelled']]);
    const refunds = (step: (typeof steps)[number]) => step.emitted.some(({ type }) => type === 'payment-refunded');
    expect(
      waysThatBreak(
        steps,
        (step) =>
          refunds(step) === (step.before.payment?.status === 'succeeded' && step.after.payment?.status === 'refunded'),
      ),
    ).toEqual([]);
    expect(new Set(steps.filter(({ complete }) => complete).map(({ after }) => after.payment?.status))).toEqual(
      new Set(ends),
    );
  });
});
