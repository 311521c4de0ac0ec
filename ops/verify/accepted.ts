import type { Pool } from '@quadrille/db/connect';
import { UsageError } from '@quadrille/process/errors';
import { runOperation } from '../audit-log.ts';
import type { Author } from '../author.ts';
import { type Queryable, select } from '../select.ts';
import { type Accepted, acceptableKinds, type Finding } from './findings.ts';

export const readAccepted = async (auditLog: Queryable): Promise<Map<string, Accepted>> => {
  const found = await select<Accepted>(
    auditLog,
    'SELECT id, kind, order_id AS orderId, what, who, why, accepted_at AS acceptedAt FROM accepted_findings ORDER BY accepted_at, id',
  );
  return new Map(found.map((accepted) => [accepted.id, accepted]));
};

const lease = 'audit accept';

/**
 * Accepts differences that an audit has found, so that it is not red for them any more. Accepting one again changes who and why.
 * @throws UsageError for an id that was not found, or for what has a verb that mends it; then none is accepted
 */
export const acceptFindings = async (
  auditLog: Pool,
  ids: readonly string[],
  findings: readonly Finding[],
  author: Author,
): Promise<void> => {
  const chosen = [...new Set(ids)].map((id) => {
    const finding = findings.find((each) => each.id === id);
    if (!finding) throw new UsageError(`There is no finding ${id} now: verify --most 1000 shows what there is.`);
    if (!acceptableKinds.has(finding.kind))
      throw new UsageError(`${id} (${finding.kind}) is not to be accepted, but to be mended: ${finding.what}`);
    return finding;
  });
  const what = { findings: chosen.map(({ id, kind, orderId, what }) => ({ id, kind, orderId, what })) };
  await runOperation(auditLog, { verb: 'verify accept', what, lease }, author, async () => {
    for (const { id, kind, orderId = null, what } of chosen)
      await auditLog.query(
        `INSERT INTO accepted_findings (id, kind, order_id, what, who, why, accepted_at) VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))
         ON DUPLICATE KEY UPDATE who = VALUES(who), why = VALUES(why), accepted_at = VALUES(accepted_at)`,
        [id, kind, orderId, what, author.who, author.why],
      );
    return { accepted: chosen.length };
  });
};

/**
 * Takes back that differences were accepted: the audit is red for them again.
 * @throws UsageError for an id that is not accepted; then nothing changes
 */
export const revokeAccepted = async (auditLog: Pool, ids: readonly string[], author: Author): Promise<void> => {
  const accepted = await readAccepted(auditLog);
  const unknown = ids.find((id) => !accepted.has(id));
  if (unknown !== undefined) throw new UsageError(`Nobody has accepted ${unknown}: verify shows what is accepted.`);
  const what = { findings: [...new Set(ids)] };
  await runOperation(auditLog, { verb: 'verify revoke', what, lease }, author, async () => {
    await auditLog.query('DELETE FROM accepted_findings WHERE id IN (?)', [ids]);
    return { revoked: ids.length };
  });
};
