import { everyWay, fold, type Step, waysThatBreak } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import type { PayState } from '../rules.ts';
import { allTakenOff, given, type Happening, rule } from './happenings.ts';

const saidIn = (type: string, { emitted }: Step<PayState>) => emitted.filter((event) => event.type === type).length;

/** What holds on every way, however short: the books agree with the status, and an end is never taken back. */
const isHonest = ({ before, after }: Step<PayState>): boolean => {
  const { payment, charge } = after;
  const expected: Partial<Record<string, string | undefined>> = {
    succeeded: payment?.amount === 0 ? undefined : 'kept',
    refunding: 'to-refund',
    refunded: 'refunded',
  };
  const wasOver = before.payment && before.payment.status !== 'pending' && before.payment.status !== 'succeeded';
  const reopened = wasOver && (payment?.status === 'pending' || payment?.status === 'succeeded');
  // A charge of which only the refund is known is money that is not with us.
  const known = charge?.chargedAt ? charge.status : undefined;
  return known === expected[payment?.status ?? ''] && !reopened;
};

/** Each end is told exactly when it comes. */
const tells = (step: Step<PayState>): boolean => {
  const { before, after } = step;
  const moved = (status: string) => before.payment?.status !== status && after.payment?.status === status;
  return (
    saidIn('payment-succeeded', step) === (moved('succeeded') ? 1 : 0) &&
    saidIn('payment-refunded', step) === (moved('refunded') ? 1 : 0) &&
    saidIn('payment-expired', step) === (moved('expired') ? 1 : 0)
  );
};

/** Where it leads when all has come, and the provider has answered what it was asked. */
const endsOf = (steps: readonly Step<PayState>[]) =>
  new Set(
    steps
      .filter(({ complete }) => complete)
      .map(({ after }) => {
        const isAsked = after.payment?.status === 'refunding';
        return fold(rule, after, isAsked ? ['given back' as const] : []).state.payment?.status;
      }),
  );

describe('pay, whatever order things come in, and how often (R16, R26, R29)', () => {
  it('the user cancels before there is a payment, or before it is made: there is none', () => {
    const steps = everyWay(rule, given('no row'), ['coupon-applied', 'order-cancelled']);
    expect(waysThatBreak(steps, isHonest)).toEqual([]);
    expect(endsOf(steps)).toEqual(new Set(['tombstone', 'voided']));
  });

  it.each<[saga: string, ends: string[], ...happening: Happening[]]>([
    ['the user cancels, the money comes', ['refunded'], 'order-cancelled', 'charged'],
    ['it expires, the money comes', ['succeeded', 'refunded'], 'expire', 'charged'],
    ['the customer declines, the money comes', ['succeeded', 'refunded'], 'the customer declines', 'charged'],
    ['the provider changes its mind', ['succeeded', 'refunded'], 'the provider declines', 'charged'],
    ['the wrong money comes, and the user cancels', ['refunded'], 'charged another amount', 'order-cancelled'],
    ['the user cancels what expires', ['voided', 'expired'], 'order-cancelled', 'expire'],
    ['the customer declines what the user cancels', ['voided', 'failed'], 'order-cancelled', 'the customer declines'],
    [
      'all of it at once',
      ['refunded'],
      ...(['order-cancelled', 'the customer declines', 'expire', 'start', 'charged', 'coupon-applied'] as const),
    ],
  ])('%s: it ends %j', (_saga, ends, ...happening) => {
    const steps = everyWay(rule, given('pending'), [...happening]);
    expect(waysThatBreak(steps, isHonest)).toEqual([]);
    expect(waysThatBreak(steps, tells)).toEqual([]);
    expect(endsOf(steps)).toEqual(new Set(ends));
    const withRefunds = everyWay(rule, given('pending'), [...happening, 'given back', 'given back in part']);
    expect(waysThatBreak(withRefunds, isHonest)).toEqual([]);
    expect(waysThatBreak(withRefunds, tells)).toEqual([]);
    // Asked or not: what was charged is back.
    const isCharged = happening.some((each) => each.startsWith('charged'));
    expect(endsOf(withRefunds)).toEqual(new Set(isCharged ? ['refunded'] : ends));
  });

  it('cancelled, no money stays: it is asked back, and when the provider has answered it is back', () => {
    const steps = everyWay(rule, given('pending'), [
      'order-cancelled',
      'charged',
      'expire',
      'the provider declines',
      'given back',
    ]);
    const cancelled = steps.filter(({ path }) => path.includes('order-cancelled'));
    expect(cancelled.length).toBeGreaterThan(100);
    expect(waysThatBreak(cancelled, ({ after }) => after.charge?.status !== 'kept')).toEqual([]);
  });

  it('a cancelled order gets its answer from pay: at once when no money is here, else with the refund and not before', () => {
    const steps = everyWay(rule, given('pending'), ['order-cancelled', 'charged', 'expire', 'given back']);
    const isAnswer = (step: Step<PayState>) => saidIn('payment-voided', step) + saidIn('payment-refunded', step) > 0;
    expect(
      waysThatBreak(steps, (step) => {
        const asks = step.path.endsWith('order-cancelled');
        const moneyIsHere = ['kept', 'to-refund'].includes(step.after.charge?.status ?? '');
        return !asks || isAnswer(step) === !moneyIsHere;
      }),
    ).toEqual([]);
  });

  it('E3: charge and refund in any order, any number of times, among whatever else happens: the money and the payment end refunded', () => {
    const others: Happening[][] = [
      [],
      ['order-cancelled'],
      ['expire'],
      ['the customer declines'],
      ['the provider declines', 'order-cancelled'],
      ['given back in part', 'start'],
    ];
    for (const other of others) {
      const steps = everyWay(rule, given('pending'), ['charged', 'given back', ...other]);
      const ends = steps.filter(({ complete }) => complete);
      expect(ends.length).toBeGreaterThan(1);
      expect(
        new Set(ends.map(({ after: { payment, charge } }) => `${payment?.status} ${charge?.status} ${charge?.amount}`)),
      ).toEqual(new Set(['refunded refunded 100']));
      expect(waysThatBreak(steps, isHonest)).toEqual([]);
      expect(waysThatBreak(steps, tells)).toEqual([]);
    }
  });

  it('nothing to pay: no charge, whatever comes', () => {
    const free = rule(given('no row'), allTakenOff).state;
    const steps = everyWay(rule, { ...given('no row'), ...free }, [
      'expire',
      'the customer declines',
      'order-cancelled',
      'given back',
    ]);
    expect(waysThatBreak(steps, ({ after }) => !after.charge?.chargedAt)).toEqual([]);
    expect(endsOf(steps)).toEqual(new Set(['voided']));
  });
});
