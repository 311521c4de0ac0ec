import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'hono';
import { eventStream } from './answers.ts';
import { type Markup, toText } from './html.ts';

/** Tells open pages that there may be something new. */
export type Live = {
  /** @param orderIds of which there is something new */
  readonly ring: (orderIds: readonly string[]) => void;
  /** A stream of what `render` makes, each time it is something else, until the reader leaves or may not look any more. */
  readonly follow: (c: Context, options: Following) => Response;
  /** Ends all streams. */
  readonly close: () => void;
  readonly readers: () => number;
};

export type Following = {
  readonly render: () => Promise<Markup>;
  readonly mayLook: () => boolean;
  /** The one order that it is about; else whatever happens concerns it. */
  readonly orderId?: string | undefined;
};

/** Pages are made at most so often, and at least so often: not all that they show comes by events. */
const shortest = 250;
const longest = 3_000;
const pulseEvery = 15_000;

/** How long something has lasted: browsers count on by themselves. */
const counted = /(?<=<span class="ago"[^>]*>)[^<]*/g;

const utf8 = new TextEncoder();

export const createLive = (): Live => {
  const open = new Set<AbortController>();
  const bell = new EventEmitter().setMaxListeners(0);
  let closed = false;
  return {
    ring: (orderIds) => void bell.emit('ring', orderIds),
    follow: (c, following) => {
      const controller = new AbortController();
      if (closed) controller.abort();
      open.add(controller);
      c.req.raw.signal.addEventListener('abort', () => controller.abort(), { once: true });
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => {
          const write = (text: string) => {
            if (!controller.signal.aborted) stream.enqueue(utf8.encode(text));
          };
          tell(bell, write, controller.signal, following)
            // The reader has left, or we are stopping.
            .catch(() => {})
            .finally(() => {
              open.delete(controller);
              // A stream that its reader has cancelled is closed already.
              if (!controller.signal.aborted || closed) stream.close();
            });
        },
        cancel: () => controller.abort(),
      });
      return eventStream(body);
    },
    close: () => {
      closed = true;
      for (const controller of open) controller.abort();
    },
    readers: () => open.size,
  };
};

const tell = async (
  bell: EventEmitter,
  write: (text: string) => void,
  signal: AbortSignal,
  { render, mayLook, orderId }: Following,
): Promise<void> => {
  write('retry: 2000\n\n');
  let shown = '';
  let pulsedAt = Date.now();
  while (!signal.aborted) {
    if (!mayLook()) return write('event: ended\ndata: {}\n\n');
    const news = nextNews(bell, orderId, signal);
    try {
      const text = toText(await render());
      const said = text.replaceAll(counted, '');
      if (said !== shown) write(`event: main\ndata: ${JSON.stringify(text)}\n\n`);
      shown = said;
    } catch {
      // A database is away: what is shown stays, and says so.
      write('event: trouble\ndata: {}\n\n');
      shown = '';
    }
    if (Date.now() - pulsedAt > pulseEvery) {
      write(': still here\n\n');
      pulsedAt = Date.now();
    }
    await Promise.all([news, delay(shortest, undefined, { signal })]);
  }
};

/** Resolves when there is news, after a while without, or at the end. */
const nextNews = (bell: EventEmitter, orderId: string | undefined, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      bell.off('ring', hear);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const hear = (orderIds: readonly string[]) => {
      if (orderId === undefined || orderIds.includes(orderId)) done();
    };
    const timer = setTimeout(done, longest);
    bell.on('ring', hear);
    signal.addEventListener('abort', done);
  });
