import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { events } from '../catalogue.ts';
import { decodeEvent, encodeData, encodeEvent } from '../cloudevents.ts';
import { versionsOf } from '../versions.ts';
import { goldenEvents, goldenOlder } from './golden-events.ts';

type Golden = { topic: string; key: string; headers: Record<string, string>; value: string };

const folder = new URL('golden/', import.meta.url);
const nameOf = ({ type, version }: { type: string; version: number }) => `${type}.v${version}`;
const golden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Golden;
const buffers = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
const newest = goldenEvents.map((event) => [nameOf(event), event] as const);

/** Events lie in Kafka for as long as they are kept: what was published once must be read for ever (R34). */
describe('golden events', () => {
  it('has a file for every version of every event, and an event for every file', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
    const versions = events.flatMap((event) =>
      versionsOf(event).map(({ version }) => nameOf({ type: event.type, version })),
    );
    expect([...new Set(files.map((file) => file.replace(/(\.v\d+)-.*/, '$1')))].sort()).toEqual(versions.sort());
    expect(files.sort()).toEqual([...newest.map(([name]) => name), ...Object.keys(goldenOlder)].sort());
  });

  it.each(newest)('%s goes out as it always did', (name, event) => {
    const { topic, key, headers, value } = golden(name);
    const encoded = encodeEvent(event, encodeData(event.data));
    expect(event.topic).toBe(topic);
    expect(encoded.key).toBe(key);
    expect(encoded.headers).toEqual(headers);
    expect(encoded.value.toString('hex')).toBe(Buffer.from(value).toString('hex'));
  });

  it.each([...newest, ...Object.entries(goldenOlder)])('%s comes in as it was', (name, event) => {
    const { topic, key, headers, value } = golden(name);
    const record = { key: Buffer.from(key), headers: buffers(headers), value: Buffer.from(value) };
    expect(decodeEvent(topic, record)).toEqual(event);
  });
});
