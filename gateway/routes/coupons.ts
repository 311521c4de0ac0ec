import { z } from '@hono/zod-openapi';
import type { CouponPage } from '@quadrille/contracts/shop-http';
import { problems, schemas, traceHeader } from '../document.ts';
import { pageParameters } from '../parameters.ts';
import { readQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { answerTaggedJson, taggedHeadersDocument, taggedRequestHeaders } from '../tagged.ts';
import type { Upstreams } from '../upstreams.ts';
import { userFor, userOf } from '../user.ts';

const query = z.object({
  userId: userOf('Whose coupons'),
  ...pageParameters,
});

/** A user's coupons, also those that are used up. */
export const couponsRoute = ({ coupon }: Upstreams): Route => ({
  needs: 'customer',
  definition: {
    method: 'get',
    path: '/api/v1/coupons',
    operationId: 'listCoupons',
    tags: ['shop'],
    summary: "List a user's coupons",
    request: { query, headers: traceHeader.extend(taggedRequestHeaders) },
    responses: {
      200: {
        description: 'A page, by coupon id; empty for a user without coupons',
        headers: taggedHeadersDocument,
        content: { 'application/json': { schema: schemas.couponPage } },
      },
      304: { description: 'The page is still what the client has', headers: taggedHeadersDocument },
      ...problems.invalid,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, { traceparent, caller }) => {
    const { userId: given, cursor, limit } = readQuery(c, query);
    const userId = userFor(caller, given);
    const path = `/coupons?userId=${userId}&after=${cursor ?? 0}&limit=${limit}`;
    const { body } = await coupon.call({ method: 'GET', path, headers: { traceparent } }, [200]);
    const { coupons, next } = body as CouponPage;
    return answerTaggedJson(c, { coupons, next: next === null ? null : String(next) });
  },
});
