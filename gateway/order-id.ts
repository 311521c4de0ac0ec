import type { Context } from 'hono';
import { invalid } from './problem.ts';
import type { Call } from './route.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The order that the path names; it goes into a URL of the order service and into the log, so nothing but a UUID may pass. */
export const readOrderId = (c: Context, call: Call): string => {
  const orderId = (c.req.param('orderId') ?? '').toLowerCase();
  if (!uuid.test(orderId)) throw invalid([{ field: 'orderId', message: 'must be a UUID' }]);
  call.orderId = orderId;
  return orderId;
};
