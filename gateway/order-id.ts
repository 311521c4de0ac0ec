import { givenUuid } from '@quadrille/contracts/values';
import { invalid } from '@quadrille/process/problem';
import type { Context } from 'hono';
import type { Call } from './route.ts';

/** The order that the path names; it goes into a URL of the order service and into the log, so nothing but a UUID may pass. */
export const readOrderId = (c: Context, call: Call): string => {
  const { data: orderId } = givenUuid.safeParse(c.req.param('orderId'));
  if (orderId === undefined) throw invalid([{ field: 'orderId', message: 'must be a UUID' }]);
  call.orderId = orderId;
  return orderId;
};
