import type { Command } from '@quadrille/participant/runtime';
import { decline, type PayState, refunded, succeed } from '@quadrille/services/pay/rules';
import type { Charge, Payment } from '@quadrille/services/pay/schema';
import type { Process, World } from './world.ts';

/** How a charge goes at the provider. */
export type Course = 'success' | 'decline' | 'twice' | 'never' | 'wrong amount';

/** The provider's own books. */
export type ProviderCharge = {
  readonly paymentId: string;
  readonly chargeId: string;
  readonly amount: number;
  status: 'accepted' | 'charged' | 'declined' | 'refunded';
  /** The shop has received this status. */
  told: boolean;
};

export type Provider = {
  readonly charge: (payment: Payment, course: Course, delay: number) => void;
  readonly refund: (charge: Pick<Charge, 'paymentId' | 'chargeId'>) => void;
  readonly charges: ReadonlyMap<string, ProviderCharge>;
};

/** One charge for each payment; tells what became of it again and again until the shop has answered. It never fails: that is its business. */
export const startProvider = (
  world: World,
  process: Process,
  tell: (orderId: string, command: Omit<Command<PayState>, 'correlationId'>) => Promise<boolean>,
): Provider => {
  const charges = new Map<string, ProviderCharge>();
  const orders = new Map<string, string>();

  const tellOf = async (charge: ProviderCharge) => {
    const { chargeId, paymentId, status } = charge;
    const orderId = orders.get(paymentId) ?? '';
    const keys = { charge: chargeId };
    const message =
      status === 'charged'
        ? { name: 'charge-succeeded', keys, decide: succeed(charge) }
        : status === 'refunded'
          ? { name: 'charge-refunded', keys, decide: refunded(charge) }
          : { name: 'charge-declined', decide: decline('provider') };
    while (!(await tell(orderId, message))) await world.sleep(500);
    if (charge.status === status) charge.told = true;
  };

  return {
    charges,
    charge: ({ paymentId, orderId, amount }, course, delay) => {
      if (!paymentId || charges.has(paymentId)) return;
      orders.set(paymentId, orderId);
      const charged = course === 'wrong amount' ? amount + 1 : amount;
      const charge: ProviderCharge = {
        paymentId,
        chargeId: world.random.uuid(),
        amount: charged,
        status: 'accepted',
        told: course === 'never',
      };
      charges.set(paymentId, charge);
      if (course === 'never') return;
      world.start(process, async () => {
        await world.sleep(delay);
        charge.status = course === 'decline' ? 'declined' : 'charged';
        await tellOf(charge);
        if (course === 'twice') await tellOf(charge);
      });
    },
    refund: ({ paymentId }) => {
      const charge = charges.get(paymentId);
      if (charge?.status !== 'charged') return;
      charge.status = 'refunded';
      charge.told = false;
      world.start(process, () => tellOf(charge));
    },
  };
};
