import { id, money } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import { pictureNames, pictures } from './pictures.ts';
import type { ProductState } from './rules.ts';
import type { ProductItem } from './schema.ts';
import { productItemRows, saveCommand } from './store.ts';

const productIdInPath = z.coerce.number().pipe(id);
const details = z.strictObject({
  name: z.string().trim().min(1).max(80),
  description: z.string().trim().max(255),
  picture: z.enum(pictureNames),
  price: money,
});
const file = z.enum(pictureNames.map((name) => `${name}.svg` as const));

const toView = ({ itemId, name, description, picture, price, revision }: ProductItem) => ({
  ...{ productId: itemId, name, description, price, revision },
  picture: `/api/v1/product/pictures/${picture}.svg`,
});

/**
 * The HTTP API of product. The gateway hands it all calls of `/api/v1/product/...`, from anybody. Other paths are only for callers that have the
 * token of this system.
 */
export const createApi = ({
  pool,
  service,
  log,
}: {
  pool: Pool;
  service: Pick<RunningParticipant<ProductState>, 'execute'>;
  log: Log;
}): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  api.get('/api/v1/product/products', async (c) => {
    const items = await productItemRows.page(pool, 0, 100);
    return c.json({ products: items.map(toView) });
  });

  api.get('/api/v1/product/pictures/:file', (c) => {
    const asked = file.safeParse(c.req.param('file'));
    if (!asked.success) return c.json({ error: 'unknown picture' }, 404);
    const name = pictureNames.find((each) => asked.data === `${each}.svg`) ?? 'box';
    return c.body(pictures[name], 200, {
      'content-type': 'image/svg+xml',
      'cache-control': 'public, max-age=3600',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
  });

  api.post('/products/:productId', async (c) => {
    const productId = productIdInPath.safeParse(c.req.param('productId'));
    if (!productId.success) return c.json({ error: 'wrong product id' }, 400);
    const body = details.safeParse(await c.req.json().catch(() => null));
    if (!body.success)
      return c.json({ error: `give name, description, picture (${pictureNames.join(', ')}) and price in cents` }, 400);
    const { item } = await service.execute(saveCommand(productId.data, body.data));
    return item ? c.json(toView(item)) : c.json({}, 500);
  });

  return api;
};
