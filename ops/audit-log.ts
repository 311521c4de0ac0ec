import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Pool } from '@quadrille/db/connect';
import { isUnavailable } from '@quadrille/db/errors';
import { StackError, UsageError } from '@quadrille/process/errors';
import { NoAnswer, within } from '@quadrille/process/within';
import { type Author, authorLimits, toAuthor } from './author.ts';
import { type Page, pageOf } from './page.ts';
import type { OperationRow, OperationStatus } from './schema.ts';
import { select } from './select.ts';

export type { Author } from './author.ts';

/** The user of this machine, unless --by names another. */
export const thisUser = (): string => `${userInfo().username}@${hostname()}`.slice(0, authorLimits.who);

/** `interrupted`: the process that did it is gone without a word. */
export type Operation = Omit<
  OperationRow,
  'what' | 'outcome' | 'cursor' | 'status' | 'lease' | 'stopBy' | 'stopWhy'
> & {
  readonly status: OperationStatus | 'interrupted';
  readonly what: unknown;
  readonly outcome: unknown;
  readonly cursor: unknown;
};

/** An act under way. */
export type RunningOperation = {
  readonly id: number;
  /**
   * Aborted with a StackError when it must stop: an operator asked it to, or the lease is lost, and then another process may do the same.
   */
  readonly signal: AbortSignal;
  /** Notes what has come of it so far, and where to go on. */
  readonly note: (outcome: unknown, cursor?: unknown) => Promise<void>;
  readonly end: (status: Exclude<OperationStatus, 'running'>, outcome: unknown) => Promise<void>;
};

/** When the audit log does not answer for so long, nothing begins (ms). */
const patience = 5_000;
const lookForStopEvery = 1_000;
const ttl = 30_000;
const renewEvery = ttl / 3;
const expiry = `UTC_TIMESTAMP(3) + INTERVAL ${ttl * 1_000} MICROSECOND`;
/** Of a lease: a process holds it. One that ends much later than a lease can is left from before the clock was set back (C3). */
const isAlive = `expires_at > UTC_TIMESTAMP(3) AND expires_at <= ${expiry} + INTERVAL ${ttl * 1_000} MICROSECOND`;

/** What is the same runs already, here or elsewhere. */
export class RunsAlready extends StackError {}

/**
 * Records an operation in the audit log before it begins.
 * @param lease what must not run twice at once has the same
 * @param resume goes on with an act that was stopped or interrupted
 * @throws RunsAlready, or StackError when the audit log does not answer, or UsageError when it cannot keep what is to be done, by whom, or why: in
 *   each case nothing has begun
 */
export const beginOperation = async (
  auditLog: Pool,
  { verb, what, lease }: { verb: string; what: unknown; lease: string },
  author: Author,
  resume?: number,
): Promise<RunningOperation> => {
  const { who, why } = toAuthor(author);
  const text = checkSize(JSON.stringify(what));
  const holder = randomUUID();
  const begin = async () => {
    await takeLease(auditLog, lease, holder);
    if (resume === undefined) return enter(auditLog, { verb, what: text, lease, who, why });
    await auditLog.query(
      "UPDATE acts SET status = 'running', ended_at = NULL, stop_by = NULL, stop_why = NULL WHERE id = ?",
      [resume],
    );
    return resume;
  };
  const finish = async (id: number, status: Exclude<OperationStatus, 'running'>, outcome: unknown) => {
    await auditLog.query('UPDATE acts SET status = ?, outcome = ?, ended_at = UTC_TIMESTAMP(3) WHERE id = ?', [
      ...[status, json(outcome), id],
    ]);
    await auditLog.query('DELETE FROM leases WHERE name = ? AND holder = ?', [lease, holder]);
  };
  const begun = begin();
  const id = await within(patience, begun).catch((error: unknown) => {
    if (!(error instanceof NoAnswer || isUnavailable(error))) throw error;
    // If the audit log has recorded it all the same, record that it is over.
    begun
      .then((late) => finish(late, 'stopped', { error: 'nothing was done: the audit log did not answer' }))
      .catch(() => {});
    throw new StackError('The audit log does not answer, so nothing was begun: try again when its database is back.');
  });
  const stop = new AbortController();
  const renew = async () => {
    const renewed = await changed(
      auditLog,
      `UPDATE leases SET expires_at = ${expiry} WHERE name = ? AND holder = ? AND expires_at > UTC_TIMESTAMP(3)`,
      [lease, holder],
    );
    if (!renewed)
      stop.abort(new StackError(`operation ${id} has lost its lease: look into the audit log before going on`));
  };
  // A renewal that fails is made good by the next; after three of them the lease is gone, and the next one says so.
  const timer = setInterval(() => void renew().catch(() => {}), renewEvery);
  const lookForStop = async () => {
    const asked = await readStop(auditLog, id);
    if (asked) stop.abort(new StackError(`stopped by ${asked.who}: ${asked.why}`));
  };
  let isLooking = false;
  const stopTimer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    lookForStop()
      .catch(() => {})
      .finally(() => {
        isLooking = false;
      });
  }, lookForStopEvery);
  return {
    id,
    signal: stop.signal,
    note: async (outcome, cursor) => {
      await auditLog.query('UPDATE acts SET outcome = ?, `cursor` = ? WHERE id = ?', [json(outcome), json(cursor), id]);
    },
    end: async (status, outcome) => {
      clearInterval(timer);
      clearInterval(stopTimer);
      await finish(id, status, outcome);
    },
  };
};

/** Enters an act, does it, and enters what came of it: `stopped` when it must stop, or says in `stopped` why it did not come to its end. */
export const runOperation = async <Result>(
  auditLog: Pool,
  operation: Parameters<typeof beginOperation>[1],
  author: Author,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const running = await beginOperation(auditLog, operation, author);
  try {
    const result = await work(running.signal);
    await running.end(hasStopped(result) ? 'stopped' : 'done', result);
    return result;
  } catch (error) {
    const { aborted, reason } = running.signal;
    const cause = aborted ? reason : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    await running.end(aborted ? 'stopped' : 'failed', { error: message.slice(0, 2_000) });
    throw error;
  }
};

const hasStopped = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && 'stopped' in result && result.stopped !== null;

/** Asks an act to stop, wherever it runs: it looks for that each second. @returns false: it does not run any more */
export const requestStop = async (auditLog: Pool, id: number, { who, why }: Author): Promise<boolean> => {
  const asked = await changed(
    auditLog,
    `UPDATE acts SET stop_by = COALESCE(stop_by, ?), stop_why = COALESCE(stop_why, ?) WHERE id = ? AND status = 'running'
       AND EXISTS (SELECT 1 FROM leases l WHERE l.name = acts.lease AND l.expires_at > UTC_TIMESTAMP(3))`,
    [who.slice(0, 128), why.slice(0, 500), id],
  );
  return asked || (await readStop(auditLog, id)) !== undefined;
};

const readStop = async (auditLog: Pool, id: number): Promise<Author | undefined> => {
  const sql =
    "SELECT stop_by AS who, stop_why AS why FROM acts WHERE id = ? AND status = 'running' AND stop_by IS NOT NULL";
  return (await select<Author>(auditLog, sql, [id]))[0];
};

const takeLease = async (auditLog: Pool, name: string, holder: string): Promise<void> => {
  await auditLog.query(
    `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${expiry}) ON DUPLICATE KEY UPDATE
       holder = IF(${isAlive}, holder, VALUES(holder)),
       expires_at = IF(holder = VALUES(holder), VALUES(expires_at), expires_at)`,
    [name, holder],
  );
  const [held] = await select(auditLog, 'SELECT 1 FROM leases WHERE name = ? AND holder = ?', [name, holder]);
  if (held) return;
  const [running] = await select<{ id: number; who: string }>(
    auditLog,
    "SELECT id, who FROM acts WHERE lease = ? AND status = 'running' ORDER BY id DESC LIMIT 1",
    [name],
  );
  throw new RunsAlready(
    running
      ? `The same runs already: operation ${running.id} of ${running.who}. Wait for its end, or stop it: quadrille stop ${running.id}.`
      : 'The same begins at this very moment: look into the audit log.',
  );
};

const enter = async (
  auditLog: Pool,
  { verb, what, lease, who, why }: Author & { verb: string; what: string; lease: string },
): Promise<number> => {
  const [result] = await auditLog.query(
    "INSERT INTO acts (verb, who, why, what, status, lease, started_at) VALUES (?, ?, ?, ?, 'running', ?, UTC_TIMESTAMP(3))",
    [verb, who, why, what, lease],
  );
  return (result as { insertId: number }).insertId;
};

const changed = async (auditLog: Pool, sql: string, values: readonly unknown[]): Promise<boolean> =>
  ((await auditLog.query(sql, [...values]))[0] as { affectedRows: number }).affectedRows > 0;

/** The longest description (bytes) of one operation; a statement has its limit as well. */
const largest = 8 * 1_048_576;

const checkSize = (what: string): string => {
  const size = Buffer.byteLength(what);
  if (size > largest)
    throw new UsageError(
      `What is to be done takes ${size} bytes to write down, the audit log keeps ${largest}: do less at once.`,
    );
  return what;
};

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const columns = `a.id, a.verb, a.who, a.why, a.what, a.outcome, a.cursor, a.started_at AS startedAt, a.ended_at AS endedAt,
  IF(a.status = 'running' AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.name = a.lease AND ${isAlive}),
     'interrupted', a.status) AS status`;

type Found = Omit<Operation, 'what' | 'outcome' | 'cursor'> & Record<'what' | 'outcome' | 'cursor', string | null>;

const toAct = ({ what, outcome, cursor, ...operation }: Found): Operation => ({
  ...operation,
  what: parse(what),
  outcome: parse(outcome),
  cursor: parse(cursor),
});

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

/** What was done, the latest first. */
export const listOperations = async (
  auditLog: Pool,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Page<Operation, number>> => {
  const sql = `SELECT ${columns} FROM acts a WHERE a.id < ? ORDER BY a.id DESC LIMIT ?`;
  const found = await select<Found>(auditLog, sql, [before ?? Number.MAX_SAFE_INTEGER, limit + 1]);
  return pageOf(found.map(toAct), limit, ({ id }) => id);
};

export const readOperation = async (auditLog: Pool, id: number): Promise<Operation | undefined> => {
  const [found] = await select<Found>(auditLog, `SELECT ${columns} FROM acts a WHERE a.id = ?`, [id]);
  return found && toAct(found);
};
