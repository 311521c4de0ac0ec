import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';

/** A parked event may be edited, and has 256 KB at most; as a form it grows. */
const largest = 1_048_576;

/** What a POST carries: the fields of a form, or a JSON object. */
export const readBody = async (c: Context): Promise<Record<string, unknown>> => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  const text = await readText(c.req.raw);
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text));
  if (text === '') return {};
  if (type !== 'application/json') throw new HttpError(415, 'Send JSON, with content-type application/json');
  const body = parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new HttpError(400, 'The body must be a JSON object');
  return body as Record<string, unknown>;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'The body is not JSON');
  }
};

const readText = async (request: Request): Promise<string> => {
  if (Number(request.headers.get('content-length') ?? 0) > largest) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > largest) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

const tooLarge = () => new HttpError(413, `The body is larger than ${largest} bytes`);
