import { UsageError } from '@quadrille/process/errors';
import type { Cluster } from './cluster.ts';
import { nearest } from './did-you-mean.ts';
import { select } from './select.ts';

/**
 * A reason for which orders have ended. Each service makes its own, so the orders tell which there are.
 * @throws UsageError that says what would be right
 */
export const findReason = async ({ read }: Pick<Cluster, 'read'>, text: string): Promise<string> => {
  const [known] = await select(read.order, 'SELECT 1 FROM orders WHERE reason_code = ? LIMIT 1', [text]);
  if (known) return text;
  const found = await select<{ code: string }>(
    read.order,
    'SELECT DISTINCT reason_code AS code FROM orders WHERE reason_code IS NOT NULL ORDER BY 1',
  );
  const codes = found.map(({ code }) => code);
  const near = nearest(text, codes);
  const hint = near
    ? `did you mean ${near}?`
    : codes.length > 0
      ? `there are ${codes.join(', ')}.`
      : 'none was refused.';
  throw new UsageError(`No order ended for the reason "${text}": ${hint}`);
};
