import { STATUS_CODES } from 'node:http';
import type { Problem } from '@quadrille/contracts/orders-http';

/** An error as RFC 9457 problem details, which the gateway passes on as it is. */
export const problem = (status: number, detail: string): Response => {
  const body: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': '1' }),
  };
  return Response.json(body, { status, headers });
};
