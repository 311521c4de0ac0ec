import { randomUUID } from 'node:crypto';
import { orderCreated } from '@quadrille/contracts/order-events';
import { expect, it } from 'vitest';
import { stock } from '../../../services/stock/store.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { longestTurn } from '../../../test/support/longest-turn.ts';
import { arrive, arriveInTurns, isUnrecognized, passesOver } from '../arrival.ts';
import type { Delivered } from '../input.ts';
import { decodeHeaders, encodeHeaders, toParked, toRecord } from '../parked-event.ts';

const data = { userId: 1, productId: 1, productCount: 1, amount: 1, couponId: 0 } as const;
const sound = recordOf(received(randomUUID(), orderCreated.of(data)));
type Headers = Record<string, string | Buffer | string[] | undefined>;
const withHeaders = (headers: Headers): Delivered => ({ ...sound, headers: { ...sound.headers, ...headers } });

const soundSchema = sound.headers.ce_dataschema;
const strange = 'urn:quadrille:event:order-eaten:1';

it.each<[what: string, record: Delivered, passed: boolean, told: string[]]>([
  ['an event that it subscribes to', sound, false, []],
  [
    'a type of ours that it does not hear',
    withHeaders({ ce_type: 'payment-created', ce_dataschema: 'urn:quadrille:event:payment-created:1' }),
    true,
    [],
  ],
  ['a type that nobody knows', withHeaders({ ce_type: 'order-eaten', ce_dataschema: strange }), true, ['order-eaten']],
  [
    'a type of another application',
    withHeaders({ ce_type: 'com.example.made', ce_dataschema: undefined }),
    true,
    ['com.example.made'],
  ],
  ['an unknown version of a type that it subscribes to', withHeaders({ ce_dataschema: `${soundSchema}0` }), false, []],
  [
    'a type that nobody knows, with the schema of one that it subscribes to',
    withHeaders({ ce_type: 'order-eaten' }),
    false,
    [],
  ],
  ['a type that it subscribes to, with a schema that nobody knows', withHeaders({ ce_dataschema: strange }), false, []],
  ['no type', withHeaders({ ce_type: undefined }), false, []],
  ['an empty type', withHeaders({ ce_type: '' }), false, []],
  ['two types', withHeaders({ ce_type: ['order-eaten', 'order-eaten'], ce_dataschema: strange }), false, []],
  [
    'less than all of a record',
    { ...withHeaders({ ce_type: 'order-eaten', ce_dataschema: strange }), flaw: 'cut off' },
    false,
    [],
  ],
])('B9: %s is passed over: %#', (_what, record, passed, told) => {
  const types: string[] = [];
  expect(passesOver(stock, (type) => types.push(type))(record)).toBe(passed);
  expect(types).toEqual(told);
});

it.each<[what: string, record: Delivered, unrecognized: boolean]>([
  ['an event', sound, false],
  ['an event of ours whose value is broken', { ...sound, value: Buffer.from('{') }, false],
  ['an event of ours of a newer version', withHeaders({ ce_dataschema: `${soundSchema}0` }), false],
  ['a forged source', withHeaders({ ce_source: '/quadrille/mallory' }), true],
  ['another topic', { ...sound, topic: 'stock-events' }, true],
  ['no headers', { ...sound, headers: {} }, true],
  ['less than all of a record', { ...sound, flaw: 'cut off' }, true],
])('S19: %s is taken for anybody’s bytes: %#', (_what, record, unrecognized) => {
  expect(isUnrecognized(arrive(stock, record))).toBe(unrecognized);
});

const parkedFrom = (record: Delivered) => {
  const [row] = toParked(arrive(stock, record), 'a cause', 1, new Date(0));
  if (!row) throw new Error('it was delivered');
  return row;
};

/** The name of a header that comes twice. */
const twice: string = 'constructor';

it('B1: a header of any name is parked, and read from its row as it was', () => {
  const headers: Record<string, Buffer | Buffer[] | undefined> = Object.create(null);
  const names = Object.getOwnPropertyNames(Object.prototype);
  for (const name of names) headers[name] = Buffer.from(name);
  headers[twice] = [Buffer.from('a'), Buffer.from([0xff])];
  headers[''] = undefined;
  const row = parkedFrom({ ...sound, headers });
  expect(toRecord({ ...row }).headers).toEqual(headers);
  expect(Object.keys(JSON.parse(String(row.headers)))).toEqual([...names, '']);
  // Nothing is there that was not sent.
  expect(toRecord(parkedFrom({ ...sound, headers: {} })).headers[twice]).toBe(undefined);
  expect(decodeHeaders(encodeHeaders(headers))[twice]).toEqual(headers[twice]);
});

it('B2: what is not all of a record stays so in its row, until somebody edits the headers', () => {
  const row = parkedFrom({ ...sound, flaw: 'it has 20000 headers; only the first 64 are kept' });
  const again = arrive(stock, toRecord(row));
  expect(again).toMatchObject({
    event: null,
    refusal: { message: 'it has 20000 headers; only the first 64 are kept' },
  });
  const { headers } = toRecord(row);
  expect(Object.keys(headers)).toEqual(Object.keys(sound.headers));
  expect(arrive(stock, toRecord({ ...row, headers: encodeHeaders(headers) })).event).toMatchObject({
    type: 'order-created',
  });
});

it('B2: records of all partitions at once cost no turn of the event loop more than 200 ms, whatever is in them', async () => {
  const value = Buffer.from('{"a":'.repeat(40_000) + 1 + '}'.repeat(40_000));
  const longHeaders = { ce_type: 'x'.repeat(60_000), ce_dataschema: 'y'.repeat(5_000) };
  const partition = [
    ...Array.from({ length: 40 }, () => ({ ...sound, value })),
    ...Array.from({ length: 40 }, () => ({ ...sound, headers: { some: Buffer.alloc(65_000, 0xff) } })),
    ...Array.from({ length: 200 }, () => withHeaders(longHeaders)),
    ...Array.from({ length: 20_000 }, () => ({ ...sound, headers: {}, value: null })),
  ];
  const arriving = arriveInTurns(stock, () => {});
  const work = () => Promise.all(Array.from({ length: 6 }, () => arriving(partition)));
  expect(await longestTurn(work)).toBeLessThan(200);
});
