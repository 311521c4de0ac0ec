import { DrizzleQueryError } from 'drizzle-orm/errors';

/** 1020 record changed, 1205 lock wait timeout, 1213 deadlock, 3572 lock not available (R36, R37). */
const conflicts = new Set([1020, 1205, 1213, 3572]);

type DatabaseError = { errno?: number; code?: string; sqlState?: string } | null;

/** What the database said; the query builder wraps it. */
const errorCode = (error: unknown) => (error instanceof DrizzleQueryError ? error.cause : error) as DatabaseError;

/** Someone else was in the way: the same transaction can succeed when run again. */
export const isConflict = (error: unknown): boolean => {
  const { errno, sqlState } = errorCode(error) ?? {};
  return (errno !== undefined && conflicts.has(errno)) || sqlState === '40001';
};

/** A row with this key came to be since we looked: run again, the transaction will see it. */
export const isDuplicateKey = (error: unknown): boolean => errorCode(error)?.errno === 1062;

/**
 * One statement is longer than the server takes (`max_allowed_packet`). The server would close the connection without a word about the
 * reason, which could not be told from a database that is away; so it is not sent.
 */
export class StatementTooLarge extends Error {
  override readonly name = 'StatementTooLarge';
}

/**
 * 1264, 1366, 1406, 1690 a value does not fit its column, 1364 a value is missing, 3819 a check fails, 1118 a row, 1153 a statement and 1197 a
 * transaction is too large: those without a SQLSTATE that says so.
 */
const refusals = new Set([1118, 1153, 1197, 1264, 1364, 1366, 1406, 1690, 3819]);

/**
 * The database refuses these data (SQLSTATE class 22: data exception, 23: integrity violation): asking again cannot help. Any other
 * trouble of a database, also a full disk or a missing right, goes away with time or by an operator, and says nothing about the data.
 */
export const isRefusal = (error: unknown): boolean => {
  const { errno, sqlState } = errorCode(error) ?? {};
  if (error instanceof StatementTooLarge) return true;
  return (errno !== undefined && refusals.has(errno)) || /^2[23]/.test(sqlState ?? '');
};

/** Whether an error comes from the database or the way to it, and not from our own code. */
export const isOfDatabase = (error: unknown): boolean =>
  errorCode(error)?.sqlState !== undefined || isConflict(error) || isUnavailable(error);

/**
 * 1036 table read-only (innodb_read_only), 1290 an option such as --read-only prevents it, 1792 read-only transaction, 1836 read-only mode,
 * 3032 offline mode, 3989 schema read-only.
 */
const readOnly = new Set([1036, 1290, 1792, 1836, 3032, 3989]);

/**
 * Nothing can be written here now: a failover, or an operator has set it so. A session may stay so when the server is not any more, so that
 * it must not be used again (C1).
 */
export const isReadOnly = (error: unknown): boolean => readOnly.has(errorCode(error)?.errno ?? 0);

/** 1040 too many connections, 1053 shutdown, 1129/1130 host refused, 1203/1226 user limit, 1317/1927 killed, 3024 timeout, 3169 killed, 4031 idle for too long. */
const serverTrouble = new Set([1040, 1053, 1129, 1130, 1203, 1226, 1317, 1927, 3024, 3169, 4031]);
const connectionTrouble =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|PROTOCOL_|POOL_|ER_(CON_COUNT|SERVER_SHUTDOWN|NET_|CONNECTION_KILLED))/;

/** The database is away, busy or read-only: nothing is wrong with what was asked, it heals by waiting. */
export const isUnavailable = (error: unknown): boolean => {
  const { errno, code, sqlState } = errorCode(error) ?? {};
  return (
    (errno !== undefined && serverTrouble.has(errno)) ||
    isReadOnly(error) ||
    connectionTrouble.test(code ?? '') ||
    sqlState?.startsWith('08') === true ||
    (error instanceof Error && /closed state|Pool is closed|Connection lost/.test(error.message))
  );
};
