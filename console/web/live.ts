import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Markup } from '@quadrille/process/html';
import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import { eventStream } from './answers.ts';
import { type Feed, startFeed } from './feed.ts';
import { createReader } from './reader.ts';

/** Tells open pages that there may be something new. */
export type Live = {
  /** @param orderIds of which there is something new */
  readonly notify: (orderIds: readonly string[]) => void;
  /**
   * A stream of what `render` makes, each time it is something else, until the reader leaves or may not look any more.
   * @throws HttpError when there are too many
   */
  readonly follow: (c: Context, options: Following) => Response;
  /** Ends all streams. */
  readonly close: () => void;
  readonly readers: () => number;
};

export type Following = {
  /** The same for all to whom `render` shows the same: it is called for one of them. */
  readonly key: string;
  readonly render: () => Promise<Markup>;
  readonly mayLook: () => boolean;
  /** The one order that it is about; else whatever happens concerns it. */
  readonly orderId?: string | undefined;
};

/** Times in ms. */
const usual = { mostReaders: 500, shortest: 250, longest: 3_000, stuckAfter: 30_000 };

/** What a reader more adds to the time between two pages (ms): sending costs, too. */
const forEachReader = 5;

export const createLive = (limits: Partial<typeof usual> = {}): Live => {
  const { mostReaders, shortest, longest, stuckAfter } = { ...usual, ...limits };
  const feeds = new Map<string, Feed>();
  const changes = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  let readers = 0;
  const pace = { shortest: () => Math.min(longest, Math.max(shortest, readers * forEachReader)), longest, stuckAfter };

  const feedOf = ({ key, render, orderId }: Following): Feed => {
    const known = feeds.get(key);
    if (known) return known;
    const onOver = () => void feeds.delete(key);
    const feed = startFeed({ changes, orderId, render, pace, signal: closing.signal, onOver });
    feeds.set(key, feed);
    return feed;
  };
  return {
    notify: (orderIds) => void changes.emit('notify', orderIds),
    follow: (c, following) => {
      if (readers >= mostReaders)
        throw new HttpError(503, 'Too many pages are being followed. Load the page again to see what is new.', {
          headers: { 'retry-after': '30' },
        });
      readers++;
      const reader = createReader(() => {
        readers--;
      });
      const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
      const cut = () => (outgoing ? outgoing.destroy() : reader.end());
      if (closing.signal.aborted) reader.end();
      else feedOf(following).join({ reader, mayLook: following.mayLook, cut });
      return eventStream(reader.body);
    },
    close: () => closing.abort(),
    readers: () => readers,
  };
};
