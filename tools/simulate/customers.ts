import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import type { ServiceDefinition } from '@quadrille/participant/definition';
import type { Command } from '@quadrille/participant/runtime';
import type { SubmitState } from '@quadrille/services/order/idempotency';
import { hashKey, submitOnce } from '@quadrille/services/order/idempotency';
import { cancel, isFinal } from '@quadrille/services/order/rules';
import type { Order } from '@quadrille/services/order/schema';
import { decline, type PayState, start } from '@quadrille/services/pay/rules';
import type { Payment } from '@quadrille/services/pay/schema';
import type { Course, Provider } from './provider.ts';
import type { Process, World } from './world.ts';

/** What one customer is going to do. Times are ms after the step before. */
export type Intent = {
  readonly request: SubmitOrder;
  readonly submitAfter: number;
  /** After the submission; null: never. */
  readonly cancelAfter: number | null;
  /** When the payment page is there; null: the customer never looks at it. */
  readonly payAfter: number | null;
  readonly course: Course | 'customer declines';
  readonly moneyAfter: number;
};

export type Shop = {
  readonly execute: (command: Command<SubmitState>) => Promise<SubmitState | null>;
  readonly executeAtPay: (command: Command<PayState>) => Promise<PayState | null>;
  /** As committed; undefined: there is none. */
  readonly order: (orderId: string) => Order | undefined;
  readonly payment: (orderId: string) => Payment | undefined;
  readonly deadline: number;
};

/** @param rush everybody comes within so many ms */
export const drawIntent = ({ random }: World, rush: number): Intent => {
  const productId = random.chance(0.04) ? 9 : random.pick([1, 2]);
  const productCount = random.pick([1, 1, 1, 2, 3]);
  const price = productId === 1 ? 1_100 : 2_200;
  return {
    request: {
      userId: random.chance(0.1) ? 2 : 1,
      productId,
      productCount,
      amount: random.chance(0.06) ? 1 : price * productCount,
      couponId: random.pick([0, 0, 0, 1, 1, 2, 3, random.pick([0, 9])]),
    },
    submitAfter: random.between(0, rush),
    cancelAfter: random.chance(0.3) ? random.between(0, random.pick([200, 3_000, 15_000])) : null,
    payAfter: random.chance(0.85) ? random.between(0, 6_000) : null,
    course: random.pick([
      'success',
      'success',
      'success',
      'decline',
      'twice',
      'never',
      'wrong amount',
      'customer declines',
    ]),
    moneyAfter: random.between(0, random.pick([500, 5_000, 20_000])),
  };
};

/** Asks until it is answered. */
const insistIn =
  (world: World) =>
  async <State>(ask: () => Promise<State | null>): Promise<State> => {
    for (;;) {
      const state = await ask();
      if (state) return state;
      await world.sleep(400);
    }
  };

/** Somebody who asks things of a service that are about no order, some times in a run. */
export const startAsking = (
  world: World,
  process: Process,
  execute: (command: Command<object>) => Promise<object | null>,
  drawCommand: NonNullable<ServiceDefinition['drawCommand']>,
): void => {
  const { random } = world;
  for (let times = random.between(0, 3); times > 0; times--)
    world.start(process, async () => {
      await world.sleep(random.between(0, 15_000));
      const command = drawCommand((bound) => random.between(0, bound - 1));
      await insistIn(world)(() => execute(command));
    });
};

/** Lives through one order: submits until it is answered, and does what it intended. @param submitted told the order's id */
export const startCustomer = (
  world: World,
  process: Process,
  shop: Shop,
  provider: Provider,
  intent: Intent,
  submitted: (orderId: string) => void,
): void => {
  const { request: order, cancelAfter, payAfter, course, moneyAfter } = intent;
  const hashes = hashKey({ order, traceparent: '', idempotencyKey: world.random.uuid() });

  const insist = insistIn(world);

  const submitOrder = async (): Promise<string> => {
    const { idempotencyKey } = await insist(() => {
      const orderId = world.random.uuid();
      return shop.execute({
        name: 'submit',
        correlationId: orderId,
        ...(hashes && { keys: { idempotencyKey: hashes.keyHash } }),
        decide: (state, now) => submitOnce(state, { orderId, order, hashes, deadline: shop.deadline }, now),
      });
    });
    return idempotencyKey?.orderId ?? '';
  };

  const pay = async (orderId: string, after: number) => {
    for (;;) {
      await world.sleep(300);
      const found = shop.order(orderId);
      if (found && isFinal(found)) return;
      if (found?.status === 'awaiting-payment') break;
    }
    await world.sleep(after);
    const payment = shop.payment(orderId);
    // The page tells of a payment that has ended, and offers none.
    if (payment?.status !== 'pending') return;
    if (course === 'customer declines') {
      await insist(() => shop.executeAtPay({ name: 'decline', correlationId: orderId, decide: decline('customer') }));
      return;
    }
    provider.charge(payment, course, moneyAfter);
    await insist(() => shop.executeAtPay({ name: 'start', correlationId: orderId, decide: start }));
  };

  world.start(process, async () => {
    await world.sleep(intent.submitAfter);
    const orderId = await submitOrder();
    world.tell(() => `order ${orderId} is accepted`);
    submitted(orderId);
    if (cancelAfter !== null)
      world.start(process, async () => {
        await world.sleep(cancelAfter);
        await insist(() => shop.execute({ name: 'cancel', correlationId: orderId, decide: cancel }));
      });
    if (payAfter !== null) await pay(orderId, payAfter);
  });
};
