/** One who follows a page. What it has not taken is never more than one message and the latest: those between are left out. */
export type Reader = {
  readonly body: ReadableStream<Uint8Array>;
  /** Sends it, or, while the one before has not been taken, keeps it in place of what was kept. */
  readonly offer: (message: Uint8Array) => void;
  /** It has taken all there was. */
  readonly isIdle: () => boolean;
  /** The last message, and the end; of one that is not idle once it has taken what is kept for it. */
  readonly end: (message?: Uint8Array) => void;
  /** Since when it takes nothing (ms); null: it takes what there is. */
  readonly blockedSince: () => number | null;
  readonly isGone: () => boolean;
};

export const createReader = (onGone: () => void): Reader => {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let kept: Uint8Array | null = null;
  let blockedSince: number | null = null;
  let isEnding = false;
  let isGone = false;
  const gone = () => {
    isGone = true;
    kept = null;
    onGone();
  };
  const isIdle = () => (controller?.desiredSize ?? 0) > 0;
  const send = (message: Uint8Array | null) => {
    // Who waits for it takes it at once, and `pull` is called before this goes on.
    if (message) controller?.enqueue(message);
    if (!isEnding || isGone) return;
    gone();
    controller?.close();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own;
    },
    pull: () => {
      blockedSince = null;
      const message = kept;
      kept = null;
      if (message || isEnding) send(message);
    },
    cancel: gone,
  });
  const offer = (message: Uint8Array) => {
    if (isGone || isEnding) return;
    if (isIdle()) return send(message);
    kept = message;
    blockedSince ??= Date.now();
  };
  return {
    body,
    offer,
    isIdle,
    end: (message) => {
      if (isGone || isEnding) return;
      isEnding = true;
      if (isIdle()) send(message ?? null);
      else kept = message ?? kept;
    },
    blockedSince: () => blockedSince,
    isGone: () => isGone,
  };
};
