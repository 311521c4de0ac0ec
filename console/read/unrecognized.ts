import { z } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import { type Page, pageOf } from '@quadrille/ops/page';
import { select } from '../projection/tables.ts';
import type { UnrecognizedRow } from '../schema.ts';
import { optional } from '../web/fields.ts';

const pageSize = 50;

export const unrecognizedFields = z.object({
  before: optional(z.string().regex(/^[\w.-]{1,249}\/\d{1,9}@\d{1,18}$/, 'must be a place such as order-events/0@12')),
});

/** What is no event of ours, the latest first. @param before the place of the last record of the page before: `topic/partition@offset` */
export const readUnrecognized = async (pool: Pool, before?: string): Promise<Page<UnrecognizedRow, string>> => {
  const place = before?.split(/[/@]/);
  const found = await select<UnrecognizedRow>(
    pool,
    `SELECT s.topic, s.\`partition\`, s.\`offset\`, s.cause, s.\`key\`, s.headers, s.value, s.size, s.seen_at AS seenAt FROM strays s
     ${place ? following : ''} ORDER BY s.seen_at DESC, s.topic, s.\`partition\`, s.\`offset\` LIMIT ${pageSize + 1}`,
    place ?? [],
  );
  return pageOf(found, pageSize, ({ topic, partition, offset }) => `${topic}/${partition}@${offset}`);
};

const following = `JOIN strays last ON last.topic = ? AND last.\`partition\` = ? AND last.\`offset\` = ?
  WHERE s.seen_at < last.seen_at
    OR (s.seen_at = last.seen_at AND (s.topic, s.\`partition\`, s.\`offset\`) > (last.topic, last.\`partition\`, last.\`offset\`))`;
