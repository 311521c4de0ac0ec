import type { Decision, Score, ScoreEvent } from '@quadrille/ops/score/score';
import { score } from '@quadrille/ops/score/score';
import { describe, expect, it } from 'vitest';
import { check, type Kind } from '../check.ts';
import { placeOf } from '../places.ts';

const runs = 200;

const withEvents = (...more: ScoreEvent[]): Score => ({ ...score, events: [...score.events, ...more] });
const withDecisions = (from: Score, ...more: Decision[]): Score => ({
  ...from,
  decisions: [...from.decisions, ...more],
});
/** A service that does not subscribe to an event decides nothing about it. */
const deaf = (service: string, type: string): Score => ({
  ...score,
  services: score.services.map((each) =>
    each.name === service ? { ...each, subscribes: each.subscribes.filter((one) => one.type !== type) } : each,
  ),
  decisions: score.decisions.filter((each) => each.service !== service || each.received !== type),
});
const subscribing = (service: string, type: string, topic: string): Score => ({
  ...score,
  services: score.services.map((each) =>
    each.name === service
      ? { ...each, subscribes: [...each.subscribes.filter((one) => one.type !== type), { type, topic }] }
      : each,
  ),
});
/** What a rule never decides. */
const undecided = (fits: (decision: Decision) => boolean): Score => ({
  ...score,
  decisions: score.decisions.filter((decision) => !fits(decision)),
});
/** As if an event had never been declared. */
const undeclared = (type: string): Score => ({
  ...score,
  events: score.events.filter((event) => event.type !== type),
  services: score.services.map((each) => ({
    ...each,
    subscribes: each.subscribes.filter((one) => one.type !== type),
  })),
  decisions: score.decisions.filter(({ received, published }) => received !== type && !published.includes(type)),
});

const counted = { type: 'stock-counted', publisher: 'stock', topic: 'stock-events', description: '' };
const step = (isForPeople: boolean, hasNothingToUndo = false): ScoreEvent => ({
  ...counted,
  role: { kind: 'forward', after: 'stock-reserved', isForPeople, hasNothingToUndo },
});
const counts: Decision = { service: 'stock', received: 'order-created', published: ['stock-counted'] };

const faults: readonly (readonly [name: string, Score, Kind, sentence: RegExp, place: RegExp])[] = [
  [
    'a step that nobody receives',
    withDecisions(withEvents(step(false)), counts),
    'nobody subscribes',
    /^No service subscribes to stock-counted of stock: /,
    /^contracts\/catalogue\.ts:1$/,
  ],
  [
    'an announcement that nobody receives',
    withDecisions(
      withEvents({ ...counted, role: { kind: 'announcement', about: 'product', isForPeople: false } }),
      counts,
    ),
    'nobody subscribes',
    /^No service subscribes to stock-counted of stock: /,
    /^contracts\/catalogue\.ts:1$/,
  ],
  [
    'a compensation that nobody receives',
    deaf('order', 'payment-refunded'),
    'nobody subscribes',
    /^No service subscribes to payment-refunded of pay: /,
    /^contracts\/payment-events\.ts:\d+$/,
  ],
  [
    'a subscription to an event that no contract declares',
    subscribing('coupon', 'price-changed', 'price-events'),
    'nobody publishes',
    /^coupon subscribes to price-changed, an event that no contract declares\.$/,
    /^services\/coupon\/rules\.ts:\d+$/,
  ],
  [
    'a subscription on the wrong topic',
    subscribing('coupon', 'stock-reserved', 'order-events'),
    'nobody publishes',
    /^coupon subscribes to stock-reserved on the topic order-events, and it is published on stock-events\.$/,
    /^services\/coupon\/rules\.ts:\d+$/,
  ],
  [
    'a service that is gone, and to whose events others subscribe',
    { ...score, services: score.services.filter(({ name }) => name !== 'pay') },
    'nobody publishes',
    /^stock subscribes to payment-succeeded, and there is no service pay that publishes it\.$/,
    /^services\/stock\/rules\.ts:\d+$/,
  ],
  [
    'a step before rejections without a compensation',
    undeclared('stock-released'),
    'nobody undoes',
    /^stock-reserved of stock can be followed by order-cancelled, coupon-rejected, .* and no event is declared that undoes it: declare one/,
    /^contracts\/stock-events\.ts:\d+$/,
  ],
  [
    'the last step without a compensation, although the customer may cancel until it is received',
    undeclared('payment-refunded'),
    'nobody undoes',
    /^payment-succeeded of pay can be followed by order-cancelled, and no event is declared that undoes it: declare one/,
    /^contracts\/payment-events\.ts:\d+$/,
  ],
  [
    'a compensation that the order does not receive',
    deaf('order', 'coupon-released'),
    'nobody waits',
    /^order does not subscribe to coupon-released: an order is cancelled before coupon has undone its part\.$/,
    /^contracts\/coupon-events\.ts:\d+$/,
  ],
  [
    'a compensation that no order waits for',
    { ...score, waits: { ...score.waits, order: ['stock', 'coupon'] } },
    'nobody waits',
    /^No order waits for payment-voided of pay: /,
    /^contracts\/payment-events\.ts:\d+$/,
  ],
  [
    'a service that is waited for and not told',
    deaf('stock', 'payment-failed'),
    'cannot end',
    /^After payment-failed an order waits for stock, and nothing leads stock from there to its compensation\.$/,
    /^services\/stock\/rules\.ts:\d+$/,
  ],
  [
    'a rejection that the order does not receive',
    deaf('order', 'stock-rejected'),
    'cannot end',
    /^order does not subscribe to stock-rejected of stock: an order that it rejects is never cancelled\.$/,
    /^services\/order\/rules\.ts:\d+$/,
  ],
  [
    'a step that does not lead on',
    undecided(({ published }) => published.includes('coupon-applied')),
    'cannot end',
    /^Nothing leads from stock-reserved to coupon-applied of coupon: an order stays there\.$/,
    /^contracts\/coupon-events\.ts:\d+$/,
  ],
  [
    'a customer who may wait for ever',
    undecided(({ published }) => ['payment-expired', 'payment-failed'].includes(published[0] ?? '')),
    'cannot end',
    /^When the customer never acts, nothing is published in place of payment-succeeded of pay: an order stays there\.$/,
    /^contracts\/payment-events\.ts:\d+$/,
  ],
  [
    'an order that is never done',
    deaf('order', 'payment-succeeded'),
    'cannot end',
    /^order does not subscribe to payment-succeeded, the last step: no order is ever done\.$/,
    /^services\/order\/rules\.ts:\d+$/,
  ],
  [
    'no beginning',
    undeclared('order-created'),
    'cannot end',
    /^No event starts the saga: no order can be made\.$/,
    /^contracts\/catalogue\.ts:1$/,
  ],
  [
    'a cycle',
    withDecisions(score, { service: 'order', received: 'stock-released', published: ['order-created'] }),
    'cycle',
    /^Events go round: order-created -> .*stock-released -> order-created \(/,
    /^services\/\w+\/rules\.ts:\d+$/,
  ],
  [
    'a rule that is never reached',
    undecided(({ service, received }) => service === 'coupon' && received === 'payment-succeeded'),
    'never reached',
    /^In 200 simulated runs coupon decided nothing about payment-succeeded: its rule is never reached\.$/,
    /^services\/coupon\/rules\.ts:\d+$/,
  ],
  [
    'an event that is never published',
    undecided(({ published }) => published.includes('payment-refunded')),
    'never reached',
    /^In 200 simulated runs pay never published payment-refunded\.$/,
    /^contracts\/payment-events\.ts:\d+$/,
  ],
];

describe('the check of the score', () => {
  it('finds nothing wrong with the services as they are', () => {
    expect(check(score, runs)).toEqual([]);
  });

  it.each(faults)('finds %s', (_, planted, kind, sentence, place) => {
    const found = check(planted, runs).find((finding) => finding.kind === kind && sentence.test(finding.what));
    expect(check(planted, runs)).toContainEqual(
      expect.objectContaining({ kind, what: expect.stringMatching(sentence) }),
    );
    const { file, line } = placeOf(found ?? { event: null, service: null });
    expect(`${file}:${line}`).toMatch(place);
  });

  it('has a planted fault for each kind of finding', () => {
    const kinds: readonly Kind[] = [
      ...(['nobody subscribes', 'nobody publishes', 'nobody undoes', 'nobody waits'] as const),
      ...(['cannot end', 'cycle', 'never reached'] as const),
    ];
    expect(new Set(faults.map(([, , kind]) => kind))).toEqual(new Set(kinds));
  });

  it('takes an event that is declared for people as it is: nobody receives it, nothing takes it back', () => {
    expect(check(withDecisions(withEvents(step(true)), counts), runs)).toEqual([]);
  });

  it('asks for no compensation of a step that has nothing to undo', () => {
    const kindsOf = (event: ScoreEvent) =>
      check(withDecisions(withEvents(event), counts), runs).map(({ kind }) => kind);
    expect(kindsOf(step(false, true))).toEqual(kindsOf(step(false)).filter((kind) => kind !== 'nobody undoes'));
  });
});
