import { subjectId } from '@quadrille/contracts/subject';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeOn } from '../../../test/support/application.ts';
import { silentLog } from '../../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { saidOf } from '../../../test/support/stock.ts';
import { createApi } from '../api.ts';
import { product, productItemRows } from '../store.ts';

const mug = { name: 'Tea mug', description: '', picture: 'mug', price: 1100 };

describe('product on a database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('product');
  });
  afterAll(() => scratch?.drop());

  const call = (path: string, body?: unknown) => {
    const service = { execute: executeOn(product, scratch.pool) };
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return createApi({ pool: scratch.pool, service, log: silentLog() }).request(path, init);
  };

  it('announces each new price of a product, all under the same id', async () => {
    for (const price of [1100, 900, 900]) expect((await call('/products/7', { ...mug, price })).status).toBe(200);
    expect(await productItemRows.read(scratch.pool, [7])).toMatchObject([{ itemId: 7, price: 900, revision: 2 }]);
    expect(await saidOf(scratch.pool)).toEqual({ [subjectId('product', 7)]: ['product-priced', 'product-priced'] });
  });

  it.each([
    ['/products/0', mug],
    ['/products/8', { ...mug, price: -1 }],
    ['/products/8', { ...mug, price: 1.5 }],
    ['/products/8', { ...mug, picture: '../../etc/passwd' }],
    ['/products/8', { ...mug, name: ' ' }],
    ['/products/8', null],
  ])('refuses %s with %j, and keeps nothing', async (path, body) => {
    expect((await call(path, body)).status).toBe(400);
    expect(await productItemRows.read(scratch.pool, [8])).toEqual([]);
  });

  it('shows the catalogue to everybody, and changes nothing at a public path', async () => {
    const { products } = (await (await call('/api/v1/product/products')).json()) as { products: { picture: string }[] };
    const picture = products[0]?.picture ?? '';
    expect((await call(picture)).headers.get('content-type')).toBe('image/svg+xml');
    expect((await call('/api/v1/product/pictures/none.svg')).status).toBe(404);
    expect((await call('/api/v1/product/products/7', mug)).status).toBe(404);
  });
});
