import { definitions } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { events } from '../catalogue.ts';
import { couponApplied } from '../coupon-events.ts';
import { publisherOf, type Role } from '../event.ts';
import { orderCreated } from '../order-events.ts';
import { paymentSucceeded } from '../payment-events.ts';
import { compensations, compensatorsOf, isCompensating, rejections, sagaOf } from '../saga.ts';
import { stockReserved } from '../stock-events.ts';

describe('compensatorsOf', () => {
  it.each([
    ['stock', []],
    ['coupon', ['stock']],
    ['pay', ['stock', 'coupon']],
    ['order', ['stock', 'coupon', 'pay']],
  ])('names the services that undo a step after a rejection by %s', (service, expected) => {
    expect(compensatorsOf(service)).toEqual(expected);
  });

  it('names none for a service that rejects nothing', () => {
    expect(compensatorsOf('nobody')).toEqual([]);
  });
});

describe('an announcement', () => {
  const publish = publisherOf('product', 'product-events');
  const priced = publish('product-priced', 1, { kind: 'announcement', about: 'product' }, z.object({}));
  const { isAboutOrder, isCompensating: isBack, forwardSteps, compensatorsOf: waitedFor } = sagaOf([...events, priced]);

  it('is about no order, unless it says so', () => {
    const read = publish('order-read', 1, { kind: 'announcement', about: 'order' }, z.object({}));
    expect([isAboutOrder('product-priced'), isAboutOrder('order-created')]).toEqual([false, true]);
    expect(sagaOf([...events, read]).isAboutOrder('order-read')).toBe(true);
  });

  it('is no part of the saga', () => {
    expect(isBack('product-priced')).toBe(false);
    expect(forwardSteps.map(({ type }) => type)).not.toContain('product-priced');
    expect(waitedFor('order')).toEqual(compensatorsOf('order'));
  });
});

describe('a service that joins the saga', () => {
  /** The saga with a service that does a step after an event, may reject it through the order service, and can undo it. */
  const joined = (after: Role & { kind: 'forward' }) => {
    const publish = publisherOf('fraud', 'fraud-events');
    const checked = publish('fraud-checked', 1, after, z.object({}));
    const rejected = publish(
      'fraud-rejected',
      1,
      { kind: 'rejection', insteadOf: checked, through: 'order' },
      z.object({}),
    );
    const undone = publish('fraud-check-dropped', 1, { kind: 'compensation', undoes: checked }, z.object({}));
    return { saga: sagaOf([...events, checked, rejected, undone]), checked };
  };

  it.each([
    ['at the beginning', orderCreated, ['stock-rejected', 'coupon-rejected', 'payment-failed', 'payment-expired']],
    ['beside the coupon', stockReserved, ['coupon-rejected', 'payment-failed', 'payment-expired']],
    ['beside the payment', couponApplied, ['payment-failed', 'payment-expired']],
    ['behind the payment', paymentSucceeded, []],
  ])('%s undoes its step after the rejections that can come when it has happened', (_, after, rejections) => {
    const { saga, checked } = joined({ kind: 'forward', after });
    expect(saga.undoneAfter(checked).toSorted()).toEqual([...rejections, 'order-cancelled'].sort());
  });

  it('is waited for by an order that is cancelled when its step may have happened', () => {
    const { saga } = joined({ kind: 'forward', after: stockReserved });
    expect(saga.compensatorsOf('stock')).toEqual([]);
    expect(saga.compensatorsOf('coupon')).toEqual(['stock', 'fraud']);
    expect(saga.compensatorsOf('order')).toEqual(['stock', 'coupon', 'pay', 'fraud']);
  });

  it('cancels the order through the order service, after which all undo their steps, it too', () => {
    const { saga } = joined({ kind: 'forward', after: paymentSucceeded });
    expect(saga.rejectionsThroughOrder).toEqual(['fraud-rejected']);
    expect(saga.compensatorsOf('fraud')).toEqual(['stock', 'coupon', 'pay', 'fraud']);
  });

  it('rejects in one way, directly or through the order service', () => {
    const { checked } = joined({ kind: 'forward', after: orderCreated });
    const publish = publisherOf('fraud', 'fraud-events');
    const direct = publish('fraud-found', 1, { kind: 'rejection', insteadOf: checked }, z.object({}));
    const through = publish(
      'fraud-guessed',
      1,
      { kind: 'rejection', insteadOf: checked, through: 'order' },
      z.object({}),
    );
    expect(() => sagaOf([...events, checked, direct, through])).toThrow(
      /^fraud rejects orders directly \(fraud-found\)/,
    );
  });

  it('keeps a paid order from being final until its step has happened', () => {
    expect(sagaOf(events).awaitedSteps).toEqual([]);
    expect(joined({ kind: 'forward', after: paymentSucceeded }).saga.awaitedSteps).toEqual(['fraud-checked']);
  });
});

describe('the roles of events', () => {
  it('tell the way back from the way forward', () => {
    const steps = ['order-created', 'stock-reserved', 'coupon-applied', 'payment-created', 'payment-succeeded'];
    const undos = ['stock-released', 'coupon-released', 'payment-voided', 'payment-refunded'];
    expect(steps.filter(isCompensating)).toEqual([]);
    expect(compensations).toEqual(expect.arrayContaining(undos));
    for (const type of [...undos, ...rejections]) expect(isCompensating(type)).toBe(true);
    expect(isCompensating('parcel-sent')).toBe(false);
  });

  const subscriptions = new Map(
    definitions.map((definition) => [
      definition.name as string,
      definition.handle({ env: {} }).subscribes as ReadonlySet<string>,
    ]),
  );

  it.each(events.map((event) => [event.type, event] as const))(
    '%s follows from what its service subscribes to',
    (_, event) => {
      const { role, publisher } = event;
      const cause = role.kind === 'forward' ? role.after : null;
      if (cause && cause.publisher !== publisher) expect(subscriptions.get(publisher)).toContain(cause.type);
      const step = role.kind === 'rejection' ? role.insteadOf : role.kind === 'compensation' ? role.undoes : null;
      // A service rejects and undoes its own steps only.
      if (step) expect([step.publisher, step.role.kind]).toEqual([publisher, 'forward']);
      // Each service that has something to undo subscribes to what makes it do so.
      if (role.kind === 'rejection')
        for (const service of compensatorsOf(publisher)) expect(subscriptions.get(service)).toContain(event.type);
    },
  );
});
