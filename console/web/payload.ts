import { isUtf8 } from 'node:buffer';
import { mayOperate } from './route.ts';
import type { Viewer } from './session.ts';

/** What a reader sees of an event. Any other field may be about a person, also one that no contract names. */
const forReaders: ReadonlySet<string> = new Set([
  ...['productId', 'productCount', 'outcome', 'expiresAt', 'reason', 'code', 'message', 'step'],
]);

const maskedValue = '•••';

/** The data of an event, as far as this viewer may see them. */
export const dataFor = (viewer: Viewer, payload: Buffer): unknown => {
  const data: unknown = JSON.parse(payload.toString());
  return mayOperate(viewer) ? data : maskIn(data);
};

const maskIn = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return maskedValue;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, forReaders.has(name) ? maskIn(each) : maskedValue]),
  );
};

/** Bytes that may be anything: text, or what they are in base64. Readers learn how many. */
export const bytesFor = (viewer: Viewer, bytes: Buffer | null): string => {
  if (bytes === null) return 'nothing';
  if (!mayOperate(viewer)) return `${maskedValue} (${bytes.length} bytes, shown to operators)`;
  return isUtf8(bytes) ? bytes.toString() : `base64: ${bytes.toString('base64')}`;
};
