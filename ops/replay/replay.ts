import { mysqlStorage } from '@quadrille/db/storage';
import { StackError, UsageError } from '@quadrille/process/errors';
import { type Author, beginOperation, readOperation } from '../audit-log.ts';
import type { Cluster } from '../cluster.ts';
import { dryRunStorage } from './dry-run-storage.ts';
import { outboxSource } from './outbox-source.ts';
import { type Redelivered, type RedeliverOptions, redeliver } from './redeliver.ts';
import { checkSelection, leaseOf, type Selection } from './selection.ts';
import type { Cursor, Source } from './source.ts';
import { topicSource } from './topic-source.ts';

type Watching = Pick<RedeliverOptions, 'onResult' | 'signal'> & {
  readonly onProgress: (redelivered: Redelivered) => void;
};

/**
 * Predicts for every event of a selection what the service would make of it: by its own code on its present state, with what earlier events
 * of the selection would leave behind. Writes nothing.
 */
export const dryRunReplay = (cluster: Cluster, selection: Selection, watching: Watching): Promise<Redelivered> => {
  const handle = cluster.handles[selection.to];
  checkSelection(selection, handle);
  return redeliver(handle, dryRunStorage(cluster.read[selection.to]), sourceOf(cluster, selection), null, {
    ...watching,
    rate: Number.POSITIVE_INFINITY,
    stopAfter: Number.POSITIVE_INFINITY,
  });
};

export type ReplayOptions = Watching & Pick<RedeliverOptions, 'rate' | 'stopAfter'>;

export type Replayed = Redelivered & {
  /** In the audit log. */
  readonly operation: number;
  /** The former name of `operation`, for one more release. */
  readonly act: number;
};

/**
 * Delivers the events of a selection once more to one service, and to no other. What is not in its inbox takes effect now; nothing is
 * deleted, so running it again changes nothing.
 */
export const replay = (
  cluster: Cluster,
  selection: Selection,
  author: Author,
  options: ReplayOptions,
): Promise<Replayed> => run(cluster, selection, author, options, null);

/** Goes on with a replay that was stopped or interrupted. */
export const resumeReplay = async (
  cluster: Cluster,
  id: number,
  author: Author,
  options: ReplayOptions,
): Promise<Replayed & { readonly selection: Selection }> => {
  const operation = await readOperation(cluster.auditLog, id);
  if (operation?.verb !== 'replay')
    throw new UsageError(`The audit log has no replay ${id}: quadrille audit-log shows what it has.`);
  if (operation.status === 'done') throw new UsageError(`Replay ${id} is done: there is nothing left to resume.`);
  const selection = operation.what as Selection;
  const cursor = operation.cursor as Cursor | null;
  return { ...(await run(cluster, selection, author, options, { id, cursor })), selection };
};

const run = async (
  cluster: Cluster,
  selection: Selection,
  author: Author,
  options: ReplayOptions,
  resume: { id: number; cursor: Cursor | null } | null,
): Promise<Replayed> => {
  const handle = cluster.handles[selection.to];
  checkSelection(selection, handle);
  const storage = mysqlStorage(cluster.writable(selection.to));
  const operation = await beginOperation(
    cluster.auditLog,
    { verb: 'replay', what: selection, lease: leaseOf(selection) },
    author,
    resume?.id,
  );
  const signal = AbortSignal.any([options.signal, operation.signal]);
  try {
    const done = await redeliver(handle, storage, sourceOf(cluster, selection), resume?.cursor ?? null, {
      ...options,
      signal,
      onProgress: async (redelivered, cursor) => {
        await operation.note(redelivered, cursor);
        options.onProgress(redelivered);
      },
    });
    await operation.end(done.stopped === null ? 'done' : 'stopped', done);
    return { ...done, operation: operation.id, act: operation.id };
  } catch (error) {
    const cause = operation.signal.aborted ? operation.signal.reason : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    await operation.end('stopped', { error: message });
    throw new StackError(`The replay was stopped: ${message}. Go on with: quadrille replay --resume ${operation.id}`, {
      cause: error,
    });
  }
};

const sourceOf = (cluster: Cluster, { topic, ...selection }: Selection): Source =>
  topic === undefined ? outboxSource(cluster, selection) : topicSource(cluster, { ...selection, topic });
