import { mysqlStorage } from '@quadrille/db/storage';
import { StackError, UsageError } from '@quadrille/process/errors';
import { type Author, beginAct, readAct } from '../ledger.ts';
import type { Site } from '../site.ts';
import { foretoldStorage } from './foretold-storage.ts';
import { outboxSource } from './outbox-source.ts';
import { type Redelivered, type RedeliverOptions, redeliver } from './redeliver.ts';
import { checkSelection, leaseOf, type Selection } from './selection.ts';
import type { Cursor, Source } from './source.ts';
import { topicSource } from './topic-source.ts';

type Watching = Pick<RedeliverOptions, 'onTold' | 'signal'> & {
  readonly onProgress: (redelivered: Redelivered) => void;
};

/**
 * Foretells for every event of a selection what the service would make of it: by its own code on its present state, with what earlier events
 * of the selection would leave behind. Writes nothing.
 */
export const foretell = (site: Site, selection: Selection, watching: Watching): Promise<Redelivered> => {
  const member = site.handles[selection.to];
  checkSelection(selection, member);
  return redeliver(member, foretoldStorage(site.read[selection.to]), sourceOf(site, selection), null, {
    ...watching,
    rate: Number.POSITIVE_INFINITY,
    stopAfter: Number.POSITIVE_INFINITY,
  });
};

export type ReplayOptions = Watching & Pick<RedeliverOptions, 'rate' | 'stopAfter'>;

export type Replayed = Redelivered & { /** In the ledger. */ readonly act: number };

/**
 * Delivers the events of a selection once more to one service, and to nobody else. What is not in its inbox takes effect now; nothing is
 * deleted, so running it again changes nothing.
 */
export const replay = (site: Site, selection: Selection, author: Author, options: ReplayOptions): Promise<Replayed> =>
  run(site, selection, author, options, null);

/** Goes on with a replay that was stopped or interrupted. */
export const resumeReplay = async (
  site: Site,
  id: number,
  author: Author,
  options: ReplayOptions,
): Promise<Replayed & { readonly selection: Selection }> => {
  const act = await readAct(site.ledger, id);
  if (act?.verb !== 'replay')
    throw new UsageError(`The ledger has no replay ${id}: quadrille ledger shows what it has.`);
  if (act.status === 'done') throw new UsageError(`Replay ${id} is done: there is nothing left to resume.`);
  const selection = act.what as Selection;
  const cursor = act.cursor as Cursor | null;
  return { ...(await run(site, selection, author, options, { id, cursor })), selection };
};

const run = async (
  site: Site,
  selection: Selection,
  author: Author,
  options: ReplayOptions,
  resume: { id: number; cursor: Cursor | null } | null,
): Promise<Replayed> => {
  const member = site.handles[selection.to];
  checkSelection(selection, member);
  const storage = mysqlStorage(site.act(selection.to));
  const act = await beginAct(
    site.ledger,
    { verb: 'replay', what: selection, lease: leaseOf(selection) },
    author,
    resume?.id,
  );
  const signal = AbortSignal.any([options.signal, act.signal]);
  try {
    const done = await redeliver(member, storage, sourceOf(site, selection), resume?.cursor ?? null, {
      ...options,
      signal,
      onProgress: async (redelivered, cursor) => {
        await act.note(redelivered, cursor);
        options.onProgress(redelivered);
      },
    });
    await act.end(done.stopped === null ? 'done' : 'stopped', done);
    return { ...done, act: act.id };
  } catch (error) {
    const cause = act.signal.aborted ? act.signal.reason : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    await act.end('stopped', { error: message });
    throw new StackError(`The replay was stopped: ${message}. Go on with: quadrille replay --resume ${act.id}`, {
      cause: error,
    });
  }
};

const sourceOf = (site: Site, { topic, ...selection }: Selection): Source =>
  topic === undefined ? outboxSource(site, selection) : topicSource(site, { ...selection, topic });
