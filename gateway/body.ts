import { HttpError, invalid } from '@quadrille/process/problem';
import type { Context } from 'hono';

const limit = 64 * 1024;

/** Reads a JSON body as text, once, and never more of it than the limit, whatever the client announces. */
export const readJsonText = async (c: Context): Promise<string> => {
  const bytes = await readBytes(c);
  if (!isJson(c.req.header('content-type')))
    throw new HttpError(415, 'The body must be application/json in UTF-8', { headers: { accept: 'application/json' } });
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid([{ field: 'body', message: 'is not valid UTF-8' }]);
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const isJson = (contentType: string | undefined): boolean =>
  contentType === 'application/json' || /^application\/json\s*(;\s*charset="?utf-?8"?\s*)?$/i.test(contentType ?? '');

const tooLarge = () =>
  new HttpError(413, `The body is larger than ${limit} bytes`, { headers: { connection: 'close' } });

/** For calls that read no body at all. */
export const refuseLargeBody = (c: Context): void => {
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge();
};

/** A packed body would have to be unpacked within the limit, and nothing that we take needs it. */
const refuseEncoded = (c: Context): void => {
  const encoding = c.req.header('content-encoding');
  if (encoding === undefined || /^\s*(identity)?\s*$/i.test(encoding)) return;
  throw new HttpError(415, 'The body must come without a Content-Encoding, such as gzip', {
    errors: [{ field: 'Content-Encoding', message: 'must be identity or absent' }],
    headers: { 'accept-encoding': 'identity' },
  });
};

/** Reads a body as it is, within the limit. */
export const readBytes = async (c: Context): Promise<Uint8Array> => {
  refuseEncoded(c);
  const announced = c.req.header('content-length');
  if (announced === undefined) return readUnannounced(c.req.raw.body);
  refuseLargeBody(c);
  try {
    return new Uint8Array(await c.req.raw.arrayBuffer());
  } catch {
    throw brokenOff();
  }
};

const brokenOff = () => new HttpError(400, 'The body broke off', { errors: [{ field: 'body', message: 'broke off' }] });

/** A chunked body says its length only by ending. */
const readUnannounced = async (body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> => {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw brokenOff();
    });
    if (done) return Buffer.concat(chunks, length);
    length += value.byteLength;
    // Not cancelled: that would cut the connection before the answer is out. The server drains the rest for a moment, then closes.
    if (length > limit) throw tooLarge();
    chunks.push(value);
  }
};
