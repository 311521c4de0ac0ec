import { expect } from 'vitest';

/** What a customer does who presses "Pay" on the page of the payment. */
export const payOrder = async (gateway: string, paymentId: string): Promise<void> => {
  const response = await fetch(new URL(`/pay/${paymentId}`, gateway), {
    method: 'POST',
    body: new URLSearchParams({ action: 'pay', choice: 'success' }),
    redirect: 'manual',
  });
  expect(response.status).toBe(303);
};
