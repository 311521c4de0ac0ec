import { z } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import { listActs } from '@quadrille/ops/ledger';
import { showParked } from '@quadrille/ops/parked';
import type { Site } from '@quadrille/ops/site';
import type { Acts } from '../acts.ts';
import type { ReadFlow } from '../pages/flow.ts';
import { editFields, parkedFilter, place, readSome } from '../pages/parked.ts';
import { type ReadRatesOf, readRange } from '../pages/rates.ts';
import { replayFields, toSelection } from '../pages/replay.ts';
import { ranges } from '../read/rates.ts';
import { readStrays } from '../read/strays.ts';
import { json } from '../web/answers.ts';
import { readFields, why } from '../web/fields.ts';
import { bytesFor } from '../web/payload.ts';
import { type GuardedRoute, mayAct } from '../web/route.ts';
import { bodyOf, describe } from './document.ts';

type Parts = {
  readonly pool: Pool;
  readonly site: Site;
  readonly acts: Acts;
  readonly readFlow: ReadFlow;
  readonly ratesOf: ReadRatesOf;
};

const anything = z.looseObject({});
const listOf = (name: string) => z.object({ [name]: z.array(anything) });
const because = z.object({ why });
const query = (c: { req: { url: string } }) => Object.fromEntries(new URL(c.req.url).searchParams);

/** What the pages about the running system show and do. The words in the answers are those of `npm run ops -- VERB --json`. */
export const operationRoutes = ({ pool, site, acts, readFlow, ratesOf }: Parts): GuardedRoute[] => [
  {
    method: 'get',
    path: '/api/v1/parked',
    needs: 'reader',
    document: describe('listParked', 'Parked events', listOf('parked').extend({ more: z.boolean() }), {
      request: { query: parkedFilter },
    }),
    handle: async (c) => json(await readSome(site, readFields(query(c), parkedFilter))),
  },
  {
    method: 'get',
    path: '/api/v1/parked/{service}/{seq}',
    needs: 'reader',
    document: describe('readParked', 'A parked event', anything, { request: { params: place } }),
    handle: async (c, { viewer }) => {
      const at = readFields(c.req.param(), place);
      const { key, headers, payload, ...event } = await showParked(site, at.service, at.seq);
      return json(mayAct(viewer) ? { ...event, key, headers, payload } : event);
    },
  },
  {
    method: 'post',
    path: '/api/v1/parked/release',
    needs: 'operator',
    document: describe(
      'releaseParked',
      'Release the queues of all orders with a parked event that this fits',
      anything,
      {
        request: bodyOf(parkedFilter.extend({ why })),
      },
    ),
    handle: async (_, { viewer, body }) => {
      const { why: reason, ...filter } = readFields(body, parkedFilter.extend({ why }));
      return json(await acts.release(filter, { who: viewer.name, why: reason }));
    },
  },
  {
    method: 'post',
    path: '/api/v1/parked/{service}/{seq}/discard',
    needs: 'operator',
    document: describe('discardParked', 'Give a parked event up', anything, {
      request: { params: place, ...bodyOf(because) },
    }),
    handle: async (c, { viewer, body }) =>
      json(
        await acts.discard(readFields(c.req.param(), place), { who: viewer.name, why: readFields(body, because).why }),
      ),
  },
  {
    method: 'post',
    path: '/api/v1/parked/{service}/{seq}/edit',
    needs: 'operator',
    document: describe('editParked', 'Change the bytes of a parked event; what it was is kept', anything, {
      request: { params: place, ...bodyOf(editFields) },
    }),
    handle: async (c, { viewer, body }) => {
      const { why: reason, key, payload } = readFields(body, editFields);
      const change = { ...(key !== undefined && { key }), ...(payload !== undefined && { payload }) };
      return json(await acts.edit(readFields(c.req.param(), place), change, { who: viewer.name, why: reason }));
    },
  },
  {
    method: 'get',
    path: '/api/v1/replay',
    needs: 'operator',
    document: describe('foretellReplay', 'What a replay to one service would do; nothing is written', listOf('told'), {
      request: { query: replayFields },
    }),
    handle: async (c) => json(await acts.foretell(toSelection(readFields(query(c), replayFields), new Date()))),
  },
  {
    method: 'post',
    path: '/api/v1/replay',
    needs: 'operator',
    document: describe('replay', 'Deliver events once more to one service', anything.nullable(), {
      request: bodyOf(replayFields.extend({ why })),
      description: 'null: it takes longer and goes on; the ledger shows how far it is.',
    }),
    handle: async (_, { viewer, body }) => {
      const { why: reason, ...fields } = readFields(body, replayFields.extend({ why }));
      return json(await acts.replay(toSelection(fields, new Date()), { who: viewer.name, why: reason }));
    },
  },
  {
    method: 'get',
    path: '/api/v1/flow',
    needs: 'reader',
    document: describe('readFlow', 'Relays, consumers, lag, and what is stuck', anything),
    handle: async () => json(await readFlow()),
  },
  {
    method: 'get',
    path: '/api/v1/rates',
    needs: 'reader',
    document: describe('readRates', 'Rates and latencies over time', listOf('slots'), {
      request: { query: z.object({ range: z.enum(Object.keys(ranges) as [keyof typeof ranges]).optional() }) },
    }),
    handle: async (c) => json(await ratesOf(readRange(c.req.query('range')))),
  },
  {
    method: 'get',
    path: '/api/v1/strays',
    needs: 'reader',
    document: describe(
      'listStrays',
      'Records on our topics that are no event of ours, the latest 50',
      listOf('strays'),
    ),
    handle: async (_, { viewer }) => {
      const { strays } = await readStrays(pool, 0);
      return json({
        strays: strays.map(({ key, headers, value, ...stray }) => ({
          ...stray,
          ...{ key: bytesFor(viewer, key), headers: bytesFor(viewer, headers), value: bytesFor(viewer, value) },
        })),
      });
    },
  },
  {
    method: 'get',
    path: '/api/v1/acts',
    needs: 'reader',
    document: describe('listActs', 'What people did, the latest 50', listOf('acts')),
    handle: async (_, { viewer }) => {
      const acts = await listActs(site.ledger, { limit: 50 });
      return json({
        acts: mayAct(viewer) ? acts : acts.map(({ what: _what, outcome: _outcome, cursor: _cursor, ...act }) => act),
      });
    },
  },
];
