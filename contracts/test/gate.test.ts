import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { olderVersion, publisherOf } from '../event.ts';
import { compareContracts } from '../gate/compare.ts';
import { contractsOf } from '../gate/schemas.ts';
import type { AnyDefinition } from '../versions.ts';

const fields = {
  parcelId: z.uuid(),
  weight: z.int().min(1).max(30_000),
  carrier: z.enum(['road', 'air']),
  note: z.string().min(1).max(255).optional(),
  sender: z.object({ city: z.string().max(64), postcode: z.string().max(16) }),
  floor: z.int().min(1).or(z.literal(-1)),
  stamps: z.array(z.int().min(0)),
};
type Fields = Partial<Record<keyof typeof fields | 'size', z.ZodType>>;
const { note, ...withoutNote } = fields;
const { weight, ...withoutWeight } = fields;
const { stamps, ...withoutStamps } = fields;

const start = { kind: 'forward', after: null } as const;
const parcel = publisherOf('parcel', 'parcel-events');
const sent = (changed: Fields = {}, publish = parcel): AnyDefinition =>
  publish('parcel-sent', 1, start, z.object({ ...fields, ...changed }));
const exactly = (shape: z.ZodRawShape): AnyDefinition => parcel('parcel-sent', 1, start, z.object(shape));
const lost = parcel('parcel-lost', 1, { kind: 'rejection', insteadOf: null }, z.object({}));

/** What the gate says of these events, when `parcel-sent` version 1 is released as it is above. */
const findings = (...definitions: readonly AnyDefinition[]) =>
  compareContracts(contractsOf([sent()]), contractsOf(definitions));

const compatible: Record<string, [events: readonly AnyDefinition[], sentence: string | null]> = {
  'a new field that may be absent': [
    [sent({ size: z.int().optional() })],
    'parcel-sent version 1: the field size is new and may be absent: consumers of older releases leave it out; no new version is needed.',
  ],
  'a new field that may be absent, deep inside': [
    [sent({ sender: fields.sender.extend({ country: z.string().optional() }) })],
    'the field sender.country is new and may be absent',
  ],
  'a wider range': [
    [sent({ weight: z.int().min(1).max(50_000) })],
    'the field weight takes more (the value is at most 50000, before 30000)',
  ],
  'a range that begins lower, written in another way': [
    [sent({ weight: z.int().gt(-1).max(30_000) })],
    'the field weight takes more (the value is at least 0, before 1)',
  ],
  'a longer text': [
    [sent({ note: z.string().min(1).max(500).optional() })],
    'the field note takes more (the length is at most 500, before 255)',
  ],
  'one more value of an enum': [
    [sent({ carrier: z.enum(['road', 'air', 'sea']) })],
    'the field carrier takes more (also "sea")',
  ],
  'one more alternative of the same type': [
    [sent({ floor: z.int().min(1).or(z.literal(-1)).or(z.literal(-2)) })],
    'the field floor takes more (also {"type":"number","const":-2})',
  ],
  'a new event': [
    [sent(), lost],
    'parcel-lost version 1: it is a new event, which consumers of older releases pass over; nothing is to be done for them.',
  ],
  'a new description, and fields in another order': [
    [
      exactly({
        stamps: stamps.describe('What it cost'),
        ...withoutStamps,
        note: note.meta({ title: 'For the driver' }),
      }),
    ],
    null,
  ],
  'a new version with an upcaster': [
    [
      parcel('parcel-sent', 2, start, z.object(withoutNote), {
        1: olderVersion(z.object(fields), ({ note: _, ...data }) => data),
      }),
    ],
    'parcel-sent version 2: it is a new version, which consumers of older releases park; upgrade them before its publisher.',
  ],
};

const breaking: Record<string, [events: readonly AnyDefinition[], sentence: string]> = {
  'a field that is gone': [
    [exactly(withoutNote)],
    'parcel-sent version 1: the field note is gone, but consumers of older releases read it; leave version 1 as it was and make the change in a version 2, with an upcaster from version 1.',
  ],
  'a field that is renamed': [
    [exactly({ ...withoutWeight, grams: weight })],
    'the field weight is gone (perhaps it is now grams), but consumers of older releases read it',
  ],
  'a range that ends earlier': [
    [sent({ weight: z.int().min(1).max(20_000) })],
    'the field weight takes less (the value is at most 20000, before 30000), but events that are kept may have what it takes no more',
  ],
  'one value less of an enum': [
    [sent({ carrier: z.enum(['road']) })],
    'the field carrier takes less (no longer "air")',
  ],
  'a new field that is required': [
    [sent({ size: z.int() })],
    'the field size is new and required, but events that are kept do not have it',
  ],
  'a field that becomes required': [
    [sent({ note: z.string().min(1).max(255) })],
    'the field note is required now, but events that are kept may not have it',
  ],
  'another type': [
    [sent({ weight: z.string() })],
    'the field weight has the type string in place of integer, but events that are kept have the former type',
  ],
  'another topic': [
    [sent({}, publisherOf('parcel', 'parcels'))],
    'parcel-sent version 1: its topic is parcels in place of parcel-events, but consumers of older releases look for it there, and events that are kept stay there; give it its topic back, or publish an event of a new type.',
  ],
  'a check that JSON Schema has no words for': [
    [sent({ weight: weight.refine((grams) => grams % 2 === 0, 'must be even') })],
    'the field weight takes less (only what fits x-checks ["must be even"])',
  ],
  'a new version that forgets the old one': [
    [{ ...sent(), version: 2 }],
    'parcel-sent version 1: it cannot be read any more, but such events are kept and a replay needs them; declare it again as an older version with its upcaster.',
  ],
};

describe('the gate', () => {
  it('has nothing to say where nothing has changed', () => {
    expect(findings(sent())).toEqual([]);
  });

  it.each(Object.entries(compatible))('takes for compatible: %s', (_what, [events, sentence]) => {
    const found = findings(...events);
    expect(found.map(({ kind }) => kind)).toEqual(sentence === null ? [] : ['compatible']);
    expect(found[0]?.text ?? '').toContain(sentence ?? '');
  });

  it.each(Object.entries(breaking))('takes for breaking: %s', (_what, [events, sentence]) => {
    const found = findings(...events).filter(({ kind }) => kind === 'breaking');
    expect(found.map(({ text }) => text)).toContainEqual(expect.stringContaining(sentence));
  });

  it.each<[what: string, events: readonly AnyDefinition[], sentence: string]>([
    [
      'a field that may be absent now',
      [sent({ weight: weight.optional() })],
      'the field weight may be absent now, but consumers of older releases need it',
    ],
    [
      'a field that may be null now',
      [sent({ weight: weight.nullable() })],
      'has the type integer or null in place of integer, but consumers of older releases only read the former type',
    ],
    [
      'one alternative less',
      [sent({ floor: z.int().min(1) })],
      'the field floor takes less (no longer {"type":"number","const":-1})',
    ],
    ['narrower items', [sent({ stamps: z.array(z.int().min(1)) })], 'the field stamps[] takes less'],
    ['a pattern that is another one', [sent({ parcelId: z.uuidv7() })], 'the field parcelId has pattern '],
    [
      'a check of several alternatives together',
      [sent({ floor: fields.floor.refine((floor) => floor !== 13, 'must not be 13') })],
      'the field floor takes less (no longer {"type":"integer","minimum":1',
    ],
    ['another publisher', [sent({}, publisherOf('post', 'parcel-events'))], 'its publisher is post in place of parcel'],
    ['an event that is gone', [lost], 'declare it again, and a renamed event as a new type beside it'],
    [
      'fields that it does not know are refused',
      [parcel('parcel-sent', 1, start, z.strictObject(fields))],
      'its data takes less (only what fits additionalProperties false)',
    ],
  ])('takes for breaking as well: %s', (_what, events, sentence) => {
    expect(findings(...events)).toContainEqual({ kind: 'breaking', text: expect.stringContaining(sentence) });
  });

  it('takes another key for breaking', () => {
    const [before] = contractsOf([sent()]);
    if (!before) throw new Error('a contract');
    expect(compareContracts([before], [{ ...before, 'x-key': 'id' }])).toEqual([
      {
        kind: 'breaking',
        text: expect.stringContaining('its key is id in place of correlationId, but the key decides the partition'),
      },
    ]);
  });

  it('says of a version that is not the newest to give it back what it had', () => {
    const second = (first: z.ZodType) =>
      parcel('parcel-sent', 2, start, z.object(fields), { 1: olderVersion(first, (data) => data) });
    const released = contractsOf([second(z.object(fields))]);
    const [found, ...others] = compareContracts(released, contractsOf([second(z.object(withoutNote))]));
    expect(others).toEqual([]);
    expect(found?.text).toContain('nobody publishes version 1 any more, so give it its former schema back.');
  });
});
