import { z } from '@hono/zod-openapi';
import type { ProductPage } from '@quadrille/contracts/shop-http';
import { HttpError, invalid } from '@quadrille/process/problem';
import { problems, schemas, traceHeader } from '../document.ts';
import { pageParameters, wholeNumber } from '../parameters.ts';
import { readQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { answerTaggedJson, taggedHeadersDocument, taggedRequestHeaders } from '../tagged.ts';
import type { Upstreams } from '../upstreams.ts';

const query = z.object(pageParameters);
const id = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** The goods with what is left of them. */
export const productsRoute = ({ stock }: Upstreams): Route => ({
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/api/v1/products',
    operationId: 'listProducts',
    tags: ['shop'],
    summary: 'List the products and their stock',
    description:
      'A product whose price is 0 is not for sale: it is not listed, cannot be read, and an order for it is cancelled.',
    request: { query, headers: traceHeader.extend(taggedRequestHeaders) },
    responses: {
      200: {
        description: 'A page, by product id',
        headers: taggedHeadersDocument,
        content: { 'application/json': { schema: schemas.productPage } },
      },
      304: { description: 'The page is still what the client has', headers: taggedHeadersDocument },
      ...problems.invalid,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, { traceparent }) => {
    const { cursor, limit } = readQuery(c, query);
    const path = `/products?after=${cursor ?? 0}&limit=${limit}`;
    const { body } = await stock.call({ method: 'GET', path, headers: { traceparent } }, [200]);
    const { products, next } = body as ProductPage;
    return answerTaggedJson(c, { products, next: next === null ? null : String(next) });
  },
});

export const productRoute = ({ stock }: Upstreams): Route => ({
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/api/v1/products/{productId}',
    operationId: 'readProduct',
    tags: ['shop'],
    summary: 'Read a product and its stock',
    request: {
      params: z.object({ productId: id.openapi({ example: 1 }) }),
      headers: traceHeader.extend(taggedRequestHeaders),
    },
    responses: {
      200: {
        description: 'The product as it is now',
        headers: taggedHeadersDocument,
        content: { 'application/json': { schema: schemas.product } },
      },
      304: { description: 'The product is still what the client has', headers: taggedHeadersDocument },
      ...problems.invalid,
      ...problems.unknownProduct,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, { traceparent }) => {
    const productId = id.safeParse(c.req.param('productId'));
    if (!productId.success)
      throw invalid(productId.error.issues.slice(0, 1).map(({ message }) => ({ field: 'productId', message })));
    readQuery(c, z.object({}));
    const request = { method: 'GET', path: `/products/${productId.data}`, headers: { traceparent } } as const;
    const { status, body } = await stock.call(request, [200, 404]);
    if (status === 404) throw new HttpError(404, 'There is no such product');
    return answerTaggedJson(c, body);
  },
});
