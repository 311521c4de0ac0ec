import { describe, expect, it } from 'vitest';
import { readEvents } from '../event-stream.ts';

const read = async (chunks: Uint8Array[]) => {
  const events = [];
  for await (const event of readEvents(ReadableStream.from(chunks))) events.push(event);
  return events;
};

const said =
  ': hello\n\nretry: 1000\n\nevent: order\nid: 1\ndata: {"a":"€"}\n\nid:2\ndata: one\ndata: two\n\ndata\n\nid: 4\ndata: cut o';
const expected = [
  { id: '1', data: '{"a":"€"}' },
  { id: '2', data: 'one\ntwo' },
  { id: '', data: '' },
];

describe('an event stream', () => {
  it.each([
    ['LF', said],
    ['CRLF', said.replaceAll('\n', '\r\n')],
  ])('is read whatever the pieces it comes in, with %s', async (_end, text) => {
    const bytes = new TextEncoder().encode(text);
    expect(await read([bytes])).toEqual(expected);
    expect(await read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
    for (let cut = 0; cut < bytes.length; cut++)
      expect(await read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(expected);
  });

  it('throws when the stream breaks', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: (body) => body.error(new Error('cut')) });
    await expect(readEvents(broken).next()).rejects.toThrow('cut');
  });
});
