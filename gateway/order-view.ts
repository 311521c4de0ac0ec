import type { OrderView } from '@quadrille/contracts/orders-http';
import { json, notModifiedHeaders, orderHeaders, retryAfter } from './responses.ts';

/** Paths on this host; only the payment page gets a full address, because it is passed on to people. */
export type Links = { readonly self: string; readonly cancel?: string; readonly payment?: string };

export const orderPath = (orderId: string): string => `/api/v1/orders/${orderId}`;

const linksOf = ({ orderId, status, final, payment }: OrderView, publicUrl: string): Links => ({
  self: orderPath(orderId),
  ...(final || status === 'cancelling' ? {} : { cancel: `${orderPath(orderId)}/cancel` }),
  ...(status === 'awaiting-payment' && payment ? { payment: `${publicUrl}/pay/${payment.paymentId}` } : {}),
});

/** An order as the API shows it. */
export const withLinks = (order: OrderView, publicUrl: string) => ({ ...order, links: linksOf(order, publicUrl) });

export const etagOf = ({ version }: OrderView): string => `"${version}"`;

const moving = ({ final }: OrderView) => (final ? {} : retryAfter);

export const answerOrder = (status: number, order: OrderView, publicUrl: string): Response => {
  const headers = { ...orderHeaders, etag: etagOf(order), ...moving(order) };
  return json(status, withLinks(order, publicUrl), headers);
};

export const answerNotModified = (order: OrderView): Response =>
  new Response(null, { status: 304, headers: { ...notModifiedHeaders, etag: etagOf(order), ...moving(order) } });
