import type { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Markup, toText } from '@quadrille/process/html';
import type { Reader } from './reader.ts';

/** Somebody who follows, and for how long they may. */
export type Follower = {
  readonly reader: Reader;
  readonly mayLook: () => boolean;
  /** Closes the connection, with all that waits in it. */
  readonly cut: () => void;
};

/** A page that is followed: it is made once, and in the same bytes, for all its followers. */
export type Feed = { readonly join: (follower: Follower) => void };

export type Pace = {
  /** A page is made at most so often (ms) ... */
  readonly shortest: () => number;
  /** ... and at least so often: not all that it shows comes by events. */
  readonly longest: number;
  /** Who has taken nothing for so long is cut off. */
  readonly stuckAfter: number;
};

const pulseEvery = 15_000;

/** How long something has lasted: browsers count on by themselves. */
const counted = /(?<=<span class="ago"[^>]*>)[^<]*/g;

const utf8 = new TextEncoder();
const message = (event: string, data: string) => utf8.encode(`event: ${event}\ndata: ${data}\n\n`);
const greeting = utf8.encode('retry: 2000\n\n');
const pulse = utf8.encode(': still here\n\n');
const ended = message('ended', '{}');
const trouble = message('trouble', '{}');

/** Runs until the last follower has left. */
export const startFeed = (options: {
  changes: EventEmitter;
  /** The one order that it is about; else whatever happens concerns it. */
  orderId: string | undefined;
  render: () => Promise<Markup>;
  pace: Pace;
  signal: AbortSignal;
  onOver: () => void;
}): Feed => {
  const { changes, orderId, render, pace, signal, onOver } = options;
  const followers = new Set<Follower>();
  const newcomers = new Set<Follower>();
  const join = (follower: Follower) => {
    follower.reader.offer(greeting);
    followers.add(follower);
    newcomers.add(follower);
    changes.emit('join', followers);
  };

  const seeOff = () => {
    for (const follower of followers) {
      const { reader, mayLook, cut } = follower;
      const blocked = reader.blockedSince();
      if (blocked !== null && Date.now() - blocked > pace.stuckAfter) cut();
      else if (!mayLook()) reader.isIdle() ? reader.end(ended) : cut();
      else if (!reader.isGone()) continue;
      followers.delete(follower);
      newcomers.delete(follower);
    }
  };

  const run = async () => {
    let shown: string | null = null;
    let pulsedAt = Date.now();
    for (seeOff(); followers.size > 0 && !signal.aborted; seeOff()) {
      const news = nextNews(changes, followers, orderId, pace.longest, signal);
      const made = await render().then(toText, () => null);
      const said = made?.replaceAll(counted, '') ?? null;
      // A database is away: what is shown stays, and says so.
      const bytes = made === null ? trouble : message('main', JSON.stringify(made));
      for (const follower of made === null || said !== shown ? followers : newcomers) follower.reader.offer(bytes);
      newcomers.clear();
      shown = said;
      if (Date.now() - pulsedAt > pulseEvery) {
        for (const { reader } of followers) if (reader.isIdle()) reader.offer(pulse);
        pulsedAt = Date.now();
      }
      await Promise.all([news, delay(pace.shortest(), undefined, { signal })]).catch(() => {});
    }
    for (const { reader } of followers) reader.end();
    onOver();
  };
  setImmediate(() => void run());
  return { join };
};

/** Resolves when there is news, or a new follower, after a while without, or at the end. */
const nextNews = (
  changes: EventEmitter,
  followers: ReadonlySet<Follower>,
  orderId: string | undefined,
  longest: number,
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      changes.off('notify', receive);
      changes.off('join', see);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const receive = (orderIds: readonly string[]) => {
      if (orderId === undefined || orderIds.includes(orderId)) done();
    };
    const see = (joined: ReadonlySet<Follower>) => {
      if (joined === followers) done();
    };
    const timer = setTimeout(done, longest);
    changes.on('notify', receive);
    changes.on('join', see);
    signal.addEventListener('abort', done);
  });
