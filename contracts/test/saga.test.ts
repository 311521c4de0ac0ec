import { definitions } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
import { events } from '../catalogue.ts';
import { compensations, compensatorsOf, isCompensating } from '../saga.ts';

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
    expect(compensatorsOf('logistics')).toEqual([]);
  });
});

describe('the roles of events', () => {
  it('tell the way back from the way forward', () => {
    expect(events.map(({ type }) => type).filter((type) => !isCompensating(type))).toEqual([
      'order-created',
      'stock-reserved',
      'coupon-applied',
      'payment-created',
      'payment-succeeded',
    ]);
    expect(compensations).toEqual(['stock-released', 'coupon-released', 'payment-voided', 'payment-refunded']);
    expect(isCompensating('parcel-sent')).toBe(false);
  });

  const subscriptions = new Map(
    definitions.map((definition) => [
      definition.name as string,
      definition.handle({}).subscribes as ReadonlySet<string>,
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
