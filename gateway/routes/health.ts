import { problems, schemas } from '../document.ts';
import type { OrdersClient } from '../orders-client.ts';
import { json } from '../responses.ts';
import type { Route } from '../route.ts';
import { ServiceUnavailable } from '../upstream.ts';

const ok = { description: 'Yes', content: { 'application/json': { schema: schemas.health } } };

export const healthRoute: Route = {
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/health',
    operationId: 'health',
    tags: ['operations'],
    summary: 'Does the process live?',
    responses: { 200: ok },
  },
  limited: 'none',
  handle: () => json(200, { status: 'ok' }),
};

export const readyRoute = (orders: OrdersClient): Route => ({
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/ready',
    operationId: 'ready',
    tags: ['operations'],
    summary: 'Can it take orders now?',
    responses: { 200: ok, ...problems.unexpected, ...problems.unavailable },
  },
  limited: 'none',
  handle: async () => {
    if (await orders.isReady()) return json(200, { status: 'ok' });
    throw new ServiceUnavailable('The order service is not ready.');
  },
});
