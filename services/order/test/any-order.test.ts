import type { Reason, Step as Service } from '@quadrille/contracts/values';
import { everyWay, type Step, waysThatBreak } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { isFinal, type OrderState, pendingCompensations } from '../rules.ts';
import type { Order } from '../schema.ts';
import { toView } from '../view.ts';
import { after, type Happening, historyOf, refusal, rule } from './happenings.ts';

const way: readonly Order['status'][] = [
  'submitted',
  'stock-reserved',
  'coupon-applied',
  'awaiting-payment',
  'paid',
  'cancelling',
  'cancelled',
];
const place = ({ order }: OrderState) => (order ? way.indexOf(order.status) : -1);

/** True on every way whatever: never a step back, and nothing at all once the order is final. */
const goesForward = ({ before, after }: Step<OrderState>): boolean =>
  before.order && isFinal(before.order) ? before.order === after.order : place(after) >= place(before);

const endsAs = (steps: readonly Step<OrderState>[]) =>
  new Set(steps.filter(({ complete }) => complete).map(({ after }) => after.order?.status));

describe('order, whatever order the topics deliver in (R16)', () => {
  const answers = ['stock-released', 'coupon-released', 'payment-voided'] as const;
  const placed = ['stock-reserved', 'coupon-applied', 'payment-created'] as const;

  it.each<[saga: string, ...happenings: Happening[]]>([
    ['stock refuses', 'stock-rejected'],
    ['the coupon is refused', 'stock-reserved', 'coupon-rejected', 'stock-released'],
    ['the payment fails', ...placed, 'payment-failed', 'coupon-released', 'stock-released'],
    ['the payment expires', ...placed, 'payment-expired', 'coupon-released', 'stock-released'],
    ['the user cancels before stock wakes up', 'cancel', ...answers],
    ['the user cancels a placed order', 'cancel', ...placed, ...answers],
    ['the user cancels, stock refuses', 'cancel', 'stock-rejected', ...answers],
    ['the user cancels, the coupon is refused', 'cancel', 'stock-reserved', 'coupon-rejected', ...answers],
    ['the user cancels, the payment fails', 'cancel', ...placed, 'payment-failed', ...answers],
    ['the user cancels, the payment expires', 'cancel', ...placed, 'payment-expired', ...answers],
  ])('%s: it ends cancelled', (_saga, ...happenings) => {
    const steps = everyWay(rule, { order: after() }, happenings);
    expect(waysThatBreak(steps, goesForward)).toEqual([]);
    expect(endsAs(steps)).toEqual(new Set(['cancelled']));
  });

  it('the deadline passes, and all that was under way comes late: it ends cancelled', () => {
    const steps = everyWay(rule, { order: after('expire') }, ['expire', ...placed, ...answers]);
    expect(waysThatBreak(steps, goesForward)).toEqual([]);
    expect(endsAs(steps)).toEqual(new Set(['cancelled']));
  });

  it('it is paid: it ends paid', () => {
    const steps = everyWay(rule, { order: after() }, [...placed, 'payment-succeeded']);
    expect(waysThatBreak(steps, goesForward)).toEqual([]);
    expect(endsAs(steps)).toEqual(new Set(['paid']));
  });

  it('the user cancels while the payment goes through: the first to come decides, once (R29)', () => {
    const awaiting = { order: after(...historyOf['awaiting-payment']) };
    const steps = everyWay(rule, awaiting, ['cancel', 'payment-succeeded']);
    expect(waysThatBreak(steps, goesForward)).toEqual([]);
    const tells = ({ emitted }: Step<OrderState>) => emitted.some(({ type }) => type === 'order-cancelled');
    const turns = ({ before, after }: Step<OrderState>) =>
      before.order?.status === 'awaiting-payment' && after.order?.status === 'cancelling';
    expect(waysThatBreak(steps, (step) => tells(step) === turns(step))).toEqual([]);
    const winner = ({ path }: Step<OrderState>) => (path.startsWith('cancel') ? 'cancelling' : 'paid');
    expect(waysThatBreak(steps, (step) => step.after.order?.status === winner(step))).toEqual([]);

    const late = ['payment-succeeded', 'stock-released', 'coupon-released', 'payment-refunded'] as const;
    const cancelling = { order: after(...historyOf['awaiting-payment'], 'cancel') };
    expect(endsAs(everyWay(rule, cancelling, late))).toEqual(new Set(['cancelled']));
  });

  it('an answer may come before its cause', () => {
    expect(after('stock-released').status).toBe('submitted');
    expect(after('stock-released', 'coupon-rejected').status).toBe('cancelled');
    expect(after('stock-released', 'coupon-released', 'payment-failed').status).toBe('cancelled');
    expect(after('stock-released', 'payment-failed').status).toBe('cancelling');
    expect(after('stock-released', 'cancel').status).toBe('cancelling');
  });
});

describe('what a cancelling order is pendingCompensations', () => {
  const answerOf = {
    stock: ['stock-released'],
    coupon: ['coupon-released'],
    pay: ['payment-voided', 'payment-refunded'],
  } as const satisfies Partial<Record<Service, readonly Happening[]>>;

  it.each<[cause: Happening, reason: Reason['step'], pendingCompensations: (keyof typeof answerOf)[]]>([
    ['coupon-rejected', 'coupon', ['stock']],
    ['payment-failed', 'pay', ['stock', 'coupon']],
    ['payment-expired', 'pay', ['stock', 'coupon']],
    ['cancel', 'order', ['stock', 'coupon', 'pay']],
    ['expire', 'order', ['stock', 'coupon', 'pay']],
  ])('%s (by %s): %j, each ticked off in any order, cancelled with the last', (cause, reason, services) => {
    const turned = after(cause);
    expect([turned.status, turned.reasonStep, [...pendingCompensations(turned)]]).toEqual([
      'cancelling',
      reason,
      services,
    ]);

    for (const payAnswers of answerOf.pay) {
      const answers = services.flatMap((service) => (service === 'pay' ? [payAnswers] : answerOf[service]));
      const steps = everyWay(rule, { order: turned }, answers);
      expect(
        waysThatBreak(steps, ({ complete, after: { order } }) => {
          const expected = services.filter((service) => !order?.answered.includes(service));
          const told = order ? toView(order).pendingCompensations : [];
          const status = complete ? 'cancelled' : 'cancelling';
          return order?.status === status && told.join() === expected.join() && complete === (told.length === 0);
        }),
      ).toEqual([]);
    }
  });

  it('an answer that is not pendingCompensations changes nothing about it', () => {
    expect(pendingCompensations(after('payment-failed', 'payment-voided'))).toEqual(['stock', 'coupon']);
    expect(after('coupon-rejected', 'coupon-released', 'payment-voided').status).toBe('cancelling');
  });

  it('is nothing unless it is cancelling', () => {
    for (const status of ['submitted', 'awaiting-payment', 'paid', 'cancelled'] as const)
      expect(toView(after(...historyOf[status])).pendingCompensations).toEqual([]);
    expect(toView(after('coupon-rejected'))).toMatchObject({
      status: 'cancelling',
      final: false,
      pendingCompensations: ['stock'],
      reason: refusal('coupon'),
    });
  });
});
