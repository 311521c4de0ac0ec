import { errorOf, QuadrilleError } from './error.ts';
import { readEvents } from './event-stream.ts';
import { pause, pauseAfter } from './patience.ts';
import type { Order } from './types.ts';

/**
 * An order's states from an event stream, until it is final. A connection that fails or breaks is made anew, for ever, and goes on
 * after the last state that was seen.
 * @throws QuadrilleError when the API refuses; the signal's reason when that is aborted
 */
export async function* followEvents(
  url: string,
  authorization: () => Promise<Record<string, string>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Order> {
  let seen: string | undefined;
  for (let failures = 0; ; ) {
    let trouble: unknown;
    try {
      const response = await fetch(url, {
        headers: {
          ...(await authorization()),
          accept: 'text/event-stream',
          ...(seen !== undefined && { 'last-event-id': seen }),
        },
        cache: 'no-store',
        signal: signal ?? null,
      });
      if (response.status === 204) return;
      if (!response.ok) throw errorOf(response, await bodyOf(response));
      if (!response.body) throw new Error('The API answered without a stream.');
      for await (const { id, data } of readEvents(response.body)) {
        failures = 0;
        const order = JSON.parse(data) as Order;
        yield order;
        seen = id;
        if (order.final) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof QuadrilleError && error.kind !== 'unavailable') throw error;
      trouble = error;
    }
    await pause(pauseAfter(++failures, trouble), signal);
  }
}

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
