import { z } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import { listActs } from '@quadrille/ops/ledger';
import { showParked } from '@quadrille/ops/parked';
import type { Site } from '@quadrille/ops/site';
import type { Acts } from '../acts.ts';
import { actPlace } from '../pages/ledger.ts';
import { editFields, parkedFilter, place, readRelease, releaseFields } from '../pages/parked.ts';
import { type ReadRatesOf, readRange } from '../pages/rates.ts';
import { replayFields, toSelection } from '../pages/replay.ts';
import type { ReadFlow } from '../read/flow.ts';
import { readSomeParked } from '../read/parked.ts';
import { ranges } from '../read/rates.ts';
import { readStrays } from '../read/strays.ts';
import { json } from '../web/answers.ts';
import { readFields, why } from '../web/fields.ts';
import { bytesFor } from '../web/payload.ts';
import { type GuardedRoute, mayAct } from '../web/route.ts';
import type { Source, Sources } from '../web/source.ts';
import { bodyOf, describe } from './document.ts';

type Parts = {
  readonly pool: Pool;
  readonly site: Site;
  readonly acts: Acts;
  readonly sources: Sources;
  readonly readFlow: ReadFlow;
  readonly ratesOf: ReadRatesOf;
};

const anything = z.looseObject({});
const listOf = (name: string) => z.object({ [name]: z.array(anything) });
const because = z.object({ why });
const goesOn =
  'null: it takes longer and goes on; `GET /api/v1/acts` shows how far it is, and by which id it can be stopped.';
const runsAlready = { 409: 'The same runs already' };
const away = z.array(z.string()).meta({ description: 'What did not answer, and is left out' });
const flow = z.looseObject({
  services: z.array(anything),
  stuck: anything.nullable(),
  problems: z.array(anything),
  console: anything,
  away,
});
const toName = ({ name }: Source) => name;
const query = (c: { req: { url: string } }) => Object.fromEntries(new URL(c.req.url).searchParams);

/** What the pages about the running system show and do. The words in the answers are those of `npm run ops -- VERB --json`. */
export const operationRoutes = ({ pool, site, acts, sources, readFlow, ratesOf }: Parts): GuardedRoute[] => [
  {
    method: 'get',
    path: '/api/v1/parked',
    needs: 'reader',
    document: describe('listParked', 'Parked events', listOf('parked').extend({ more: z.boolean(), away }), {
      request: { query: parkedFilter },
    }),
    handle: async (c) => {
      const list = await readSomeParked(site, sources, readFields(query(c), parkedFilter));
      return json({ ...list, away: list.away.map(toName) });
    },
  },
  {
    method: 'get',
    path: '/api/v1/parked/{service}/{seq}',
    needs: 'reader',
    document: describe('readParked', 'A parked event', anything, { request: { params: place } }),
    handle: async (c, { viewer }) => {
      const at = readFields(c.req.param(), place);
      const { key, headers, payload, ...event } = await sources[at.service].ask(() =>
        showParked(site, at.service, at.seq),
      );
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
      anything.nullable(),
      { request: bodyOf(releaseFields), description: goesOn, refusals: runsAlready },
    ),
    handle: async (_, { viewer, body }) => {
      const { filter, why: reason } = readRelease(body);
      return json(await acts.release(filter, { who: viewer.name, why: reason }));
    },
  },
  {
    method: 'post',
    path: '/api/v1/parked/{service}/{seq}/discard',
    needs: 'operator',
    document: describe('discardParked', 'Give a parked event up', anything.nullable(), {
      request: { params: place, ...bodyOf(because) },
      description: goesOn,
      refusals: runsAlready,
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
      refusals: runsAlready,
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
      description: goesOn,
      refusals: runsAlready,
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
    document: describe('readFlow', 'Relays, consumers, lag, and what is stuck', flow),
    handle: async () => {
      const { services, away: unanswered, ...rest } = await readFlow();
      const whole = services.map((each) => ({ consumer: null, outbox: null, relay: null, parked: null, ...each }));
      return json({ services: whole, ...rest, away: unanswered.map(toName) });
    },
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
      const { strays } = await sources.readModel.ask(() => readStrays(pool, 0));
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
      const acts = await sources.ledger.ask(() => listActs(site.ledger, { limit: 50 }));
      return json({
        acts: mayAct(viewer) ? acts : acts.map(({ what: _what, outcome: _outcome, cursor: _cursor, ...act }) => act),
      });
    },
  },
  {
    method: 'post',
    path: '/api/v1/acts/{id}/stop',
    needs: 'operator',
    document: describe('stopAct', 'Stop what runs, here or elsewhere', z.object({ stopping: z.int() }), {
      request: { params: actPlace, ...bodyOf(because) },
      description: 'It stops within seconds, and is then `stopped` in the ledger. What it has done stays done.',
      refusals: { 409: 'It does not run' },
    }),
    handle: async (c, { viewer, body }) => {
      const { id } = readFields(c.req.param(), actPlace);
      return json(await acts.stopAct(id, { who: viewer.name, why: readFields(body, because).why }));
    },
  },
];
