import { hostname, userInfo } from 'node:os';
import type { Pool } from '@quadrille/db/connect';
import { StackError, UsageError } from '@quadrille/stack/errors';
import { v4 as uuid } from 'uuid';
import { type Author, authorLimits, toAuthor } from './author.ts';
import type { ActRow, ActStatus } from './schema.ts';
import { select } from './select.ts';

export type { Author } from './author.ts';

/** The user of this machine, when nobody says otherwise. */
export const thisUser = (): string => `${userInfo().username}@${hostname()}`.slice(0, authorLimits.who);

/** `interrupted`: the process that did it is gone without a word. */
export type Act = Omit<ActRow, 'what' | 'outcome' | 'cursor' | 'status' | 'lease'> & {
  readonly status: ActStatus | 'interrupted';
  readonly what: unknown;
  readonly outcome: unknown;
  readonly cursor: unknown;
};

/** An act under way. */
export type RunningAct = {
  readonly id: number;
  /** Aborted when the lease is lost: then somebody else may do the same, so stop. */
  readonly lost: AbortSignal;
  /** Notes what has come of it so far, and where to go on. */
  readonly note: (outcome: unknown, cursor?: unknown) => Promise<void>;
  readonly end: (status: Exclude<ActStatus, 'running'>, outcome: unknown) => Promise<void>;
};

const ttl = 30_000;
const renewEvery = ttl / 3;
const expiry = `UTC_TIMESTAMP(3) + INTERVAL ${ttl * 1_000} MICROSECOND`;

/**
 * Enters an act into the ledger before it is done.
 * @param lease what must not run twice at once has the same
 * @param resume goes on with an act that was stopped or interrupted
 * @throws StackError while the same runs already, UsageError when the ledger cannot keep what is to be done, by whom, or why
 */
export const beginAct = async (
  ledger: Pool,
  { verb, what, lease }: { verb: string; what: unknown; lease: string },
  author: Author,
  resume?: number,
): Promise<RunningAct> => {
  const { who, why } = toAuthor(author);
  const text = checkSize(JSON.stringify(what));
  const holder = uuid();
  await takeLease(ledger, lease, holder);
  const id = resume ?? (await enter(ledger, { verb, what: text, lease, who, why }));
  if (resume !== undefined)
    await ledger.query("UPDATE acts SET status = 'running', ended_at = NULL WHERE id = ?", [id]);
  const lost = new AbortController();
  const renew = async () => {
    const renewed = await changed(
      ledger,
      `UPDATE leases SET expires_at = ${expiry} WHERE name = ? AND holder = ? AND expires_at > UTC_TIMESTAMP(3)`,
      [lease, holder],
    );
    if (!renewed) lost.abort(new StackError(`act ${id} has lost its lease: look into the ledger before going on`));
  };
  // A renewal that fails is made good by the next; after three of them the lease is gone, and the next one says so.
  const timer = setInterval(() => void renew().catch(() => {}), renewEvery);
  return {
    id,
    lost: lost.signal,
    note: async (outcome, cursor) => {
      await ledger.query('UPDATE acts SET outcome = ?, `cursor` = ? WHERE id = ?', [json(outcome), json(cursor), id]);
    },
    end: async (status, outcome) => {
      clearInterval(timer);
      await ledger.query('UPDATE acts SET status = ?, outcome = ?, ended_at = UTC_TIMESTAMP(3) WHERE id = ?', [
        ...[status, json(outcome), id],
      ]);
      await ledger.query('DELETE FROM leases WHERE name = ? AND holder = ?', [lease, holder]);
    },
  };
};

/** Enters an act, does it, and enters what came of it. */
export const actOnce = async <Result>(
  ledger: Pool,
  act: Parameters<typeof beginAct>[1],
  author: Author,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const running = await beginAct(ledger, act, author);
  try {
    const result = await work(running.lost);
    await running.end('done', result);
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await running.end('failed', { error: message.slice(0, 2_000) });
    throw error;
  }
};

const takeLease = async (ledger: Pool, name: string, holder: string): Promise<void> => {
  await ledger.query(
    `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${expiry}) ON DUPLICATE KEY UPDATE
       holder = IF(expires_at <= UTC_TIMESTAMP(3), VALUES(holder), holder),
       expires_at = IF(holder = VALUES(holder), VALUES(expires_at), expires_at)`,
    [name, holder],
  );
  const [held] = await select(ledger, 'SELECT 1 FROM leases WHERE name = ? AND holder = ?', [name, holder]);
  if (held) return;
  const [running] = await select<{ id: number; who: string }>(
    ledger,
    "SELECT id, who FROM acts WHERE lease = ? AND status = 'running' ORDER BY id DESC LIMIT 1",
    [name],
  );
  throw new StackError(
    running
      ? `The same runs already: act ${running.id} of ${running.who}. Wait for its end, or stop it.`
      : 'The same begins at this very moment: look into the ledger.',
  );
};

const enter = async (
  ledger: Pool,
  { verb, what, lease, who, why }: Author & { verb: string; what: string; lease: string },
): Promise<number> => {
  const [result] = await ledger.query(
    "INSERT INTO acts (verb, who, why, what, status, lease, started_at) VALUES (?, ?, ?, ?, 'running', ?, UTC_TIMESTAMP(3))",
    [verb, who, why, what, lease],
  );
  return (result as { insertId: number }).insertId;
};

const changed = async (ledger: Pool, sql: string, values: readonly unknown[]): Promise<boolean> =>
  ((await ledger.query(sql, [...values]))[0] as { affectedRows: number }).affectedRows > 0;

/** Bytes that are told of one act; a statement has its limit as well. */
const largest = 8 * 1_048_576;

const checkSize = (what: string): string => {
  const size = Buffer.byteLength(what);
  if (size > largest)
    throw new UsageError(
      `What is to be done takes ${size} bytes to write down, the ledger keeps ${largest}: do less at once.`,
    );
  return what;
};

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const columns = `a.id, a.verb, a.who, a.why, a.what, a.outcome, a.cursor, a.started_at AS startedAt, a.ended_at AS endedAt,
  IF(a.status = 'running' AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.name = a.lease AND l.expires_at > UTC_TIMESTAMP(3)),
     'interrupted', a.status) AS status`;

type Found = Omit<Act, 'what' | 'outcome' | 'cursor'> & Record<'what' | 'outcome' | 'cursor', string | null>;

const toAct = ({ what, outcome, cursor, ...act }: Found): Act => ({
  ...act,
  what: parse(what),
  outcome: parse(outcome),
  cursor: parse(cursor),
});

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

/** What was done, the latest first. */
export const listActs = async (
  ledger: Pool,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Act[]> =>
  (
    await select<Found>(ledger, `SELECT ${columns} FROM acts a WHERE a.id < ? ORDER BY a.id DESC LIMIT ?`, [
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    ])
  ).map(toAct);

export const readAct = async (ledger: Pool, id: number): Promise<Act | undefined> => {
  const [found] = await select<Found>(ledger, `SELECT ${columns} FROM acts a WHERE a.id = ?`, [id]);
  return found && toAct(found);
};
