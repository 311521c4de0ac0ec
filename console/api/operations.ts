import { z } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import type { Cluster } from '@quadrille/ops/cluster';
import { showParked } from '@quadrille/ops/parked';
import type { Operations } from '../operations.ts';
import { operationPlace, operationsFields, readOperations } from '../pages/audit-log.ts';
import { editFields, parkedFilter, place, readRetry, retryFields } from '../pages/parked.ts';
import { type ReadRatesOf, readRange } from '../pages/rates.ts';
import { replayFields, toSelection } from '../pages/replay.ts';
import type { ReadFlow } from '../read/flow.ts';
import { readSomeParked } from '../read/parked.ts';
import { ranges } from '../read/rates.ts';
import type { ReadScore } from '../read/score.ts';
import { readUnrecognized, unrecognizedFields } from '../read/unrecognized.ts';
import { json } from '../web/answers.ts';
import { readFields, why } from '../web/fields.ts';
import { bytesFor } from '../web/payload.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Source, Sources } from '../web/source.ts';
import { bodyOf, describe } from './document.ts';

type Parts = {
  readonly pool: Pool;
  readonly cluster: Cluster;
  readonly operations: Operations;
  readonly sources: Sources;
  readonly readFlow: ReadFlow;
  readonly ratesOf: ReadRatesOf;
  readonly readScore: ReadScore;
};

const anything = z.looseObject({});
const listOf = (name: string) => z.object({ [name]: z.array(anything) });
const previewed = listOf('results').extend({
  told: z.array(anything).meta({ deprecated: true, description: 'The former name of `results`' }),
});
const because = z.object({ why });
const goesOn =
  'null: it takes longer and goes on; `GET /api/v1/operations` shows how far it is, and by which id it can be stopped.';
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
export const operationRoutes = ({
  pool,
  cluster,
  operations,
  sources,
  readFlow,
  ratesOf,
  readScore,
}: Parts): GuardedRoute[] => [
  {
    method: 'get',
    path: '/api/v1/parked',
    needs: 'reader',
    document: describe('listParked', 'Parked events', listOf('parked').extend({ more: z.boolean(), away }), {
      request: { query: parkedFilter },
    }),
    handle: async (c) => {
      const list = await readSomeParked(cluster, sources, readFields(query(c), parkedFilter));
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
        showParked(cluster, at.service, at.seq),
      );
      return json(mayOperate(viewer) ? { ...event, key, headers, payload } : event);
    },
  },
  {
    method: 'post',
    path: '/api/v1/parked/retry',
    needs: 'operator',
    document: describe(
      'retryParked',
      'Retry the queues of all orders with a parked event that this fits',
      anything.nullable(),
      { request: bodyOf(retryFields), description: goesOn, refusals: runsAlready },
    ),
    handle: async (_, { viewer, body }) => {
      const { filter, why: reason } = readRetry(body);
      return json(await operations.retry(filter, { who: viewer.name, why: reason }));
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
        await operations.discard(readFields(c.req.param(), place), {
          who: viewer.name,
          why: readFields(body, because).why,
        }),
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
      return json(await operations.edit(readFields(c.req.param(), place), change, { who: viewer.name, why: reason }));
    },
  },
  {
    method: 'get',
    path: '/api/v1/replay',
    needs: 'operator',
    document: describe('previewReplay', 'What a replay to one service would do; nothing is written', previewed, {
      request: { query: replayFields },
    }),
    handle: async (c) => {
      const done = await operations.dryRun(toSelection(readFields(query(c), replayFields), new Date()));
      return json({ ...done, told: done.results });
    },
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
      return json(await operations.replay(toSelection(fields, new Date()), { who: viewer.name, why: reason }));
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
    path: '/api/v1/score',
    needs: 'reader',
    document: describe(
      'readScore',
      'Which event makes which service publish which others, and how often it happened in the latest events',
      listOf('edges').extend({ events: z.int(), causeNotRead: z.int() }),
    ),
    handle: async () => json(await readScore()),
  },
  {
    method: 'get',
    path: '/api/v1/unrecognized',
    needs: 'reader',
    document: describe(
      'listUnrecognized',
      'Records on our topics that are no event of ours, the latest first, 50 at a time',
      listOf('unrecognized').extend({ next: z.string().nullable() }),
      { request: { query: unrecognizedFields } },
    ),
    handle: async (c, { viewer }) => {
      const { before } = readFields(query(c), unrecognizedFields);
      const { items, next } = await sources.readModel.ask(() => readUnrecognized(pool, before));
      return json({
        next,
        unrecognized: items.map(({ key, headers, value, ...record }) => ({
          ...record,
          ...{ key: bytesFor(viewer, key), headers: bytesFor(viewer, headers), value: bytesFor(viewer, value) },
        })),
      });
    },
  },
  {
    method: 'get',
    path: '/api/v1/operations',
    needs: 'reader',
    document: describe(
      'listOperations',
      'What operators did, the latest first, 50 at a time',
      listOf('operations').extend({ next: z.int().nullable() }),
      { request: { query: operationsFields } },
    ),
    handle: async (c, { viewer }) => {
      const { items: operations, next } = await readOperations(cluster, sources, query(c));
      return json({
        next,
        operations: mayOperate(viewer)
          ? operations
          : operations.map(({ what: _what, outcome: _outcome, cursor: _cursor, ...operation }) => operation),
      });
    },
  },
  {
    method: 'post',
    path: '/api/v1/operations/{id}/stop',
    needs: 'operator',
    document: describe('stopOperation', 'Stop what runs, here or elsewhere', z.object({ stopping: z.int() }), {
      request: { params: operationPlace, ...bodyOf(because) },
      description: 'It stops within seconds, and is then `stopped` in the audit log. What it has done stays done.',
      refusals: { 409: 'It does not run' },
    }),
    handle: async (c, { viewer, body }) => {
      const { id } = readFields(c.req.param(), operationPlace);
      return json(await operations.stopOperation(id, { who: viewer.name, why: readFields(body, because).why }));
    },
  },
];
