import { inStatements, statementLimit } from '@quadrille/db/packet';
import type { Transaction } from '@quadrille/db/transaction';
import type { IncomingRecord } from '@quadrille/kafka/consumer';

/** A record on one of our topics that is no event of ours, and why not. */
export type UnrecognizedRecord = { readonly record: IncomingRecord; readonly cause: string };

/** Of a longer key or value only the beginning is kept: it is shown to people, and may be anything. */
const longest = 8_192;
/** A record is known by its place, so that it is kept once. */
export const insertUnrecognized = async (
  tx: Transaction,
  suffix: string,
  unrecognized: readonly UnrecognizedRecord[],
  seenAt: Date,
): Promise<void> => {
  const rows = unrecognized.map(({ cause, record: { topic, partition, offset, ...record } }) => {
    const headers = Buffer.from(JSON.stringify(headersOf(record.headers))).subarray(0, longest);
    const [key, value] = [record.key?.subarray(0, longest), record.value?.subarray(0, longest)];
    const size = record.value?.length ?? 0;
    return [topic, partition, Number(offset), cause.slice(0, 2_000), key ?? null, headers, value ?? null, size, seenAt];
  });
  const sql = `INSERT INTO strays${suffix} (topic, \`partition\`, \`offset\`, cause, \`key\`, headers, value, size, seen_at)
    VALUES ? ON DUPLICATE KEY UPDATE topic = VALUES(topic)`;
  for (const piece of inStatements(rows, sql.length, statementLimit(tx))) await tx.query(sql, [piece]);
};

const headersOf = (headers: IncomingRecord['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === undefined ? '' : String(value)]));
