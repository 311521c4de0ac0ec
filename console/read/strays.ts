import type { Pool } from '@quadrille/db/connect';
import { select } from '../projection/tables.ts';
import type { StrayRow } from '../schema.ts';

const pageSize = 50;

/** What is no event of ours, the latest first. */
export const readStrays = async (pool: Pool, skip: number): Promise<{ strays: StrayRow[]; more: boolean }> => {
  const found = await select<StrayRow>(
    pool,
    `SELECT topic, \`partition\`, \`offset\`, cause, \`key\`, headers, value, size, seen_at AS seenAt FROM strays
     ORDER BY seen_at DESC, topic, \`partition\`, \`offset\` LIMIT ? OFFSET ?`,
    [pageSize + 1, skip],
  );
  return { strays: found.slice(0, pageSize), more: found.length > pageSize };
};
