import { actOnce } from '@quadrille/ops/ledger';
import type { ParkedFilter } from '@quadrille/ops/parked';
import {
  discardParked,
  editParked,
  foretellRelease,
  type ParkedChange,
  type QueueTold,
  releaseParked,
} from '@quadrille/ops/parked-acts';
import type { Told } from '@quadrille/ops/replay/effect';
import type { Redelivered } from '@quadrille/ops/replay/redeliver';
import { foretell, replay } from '@quadrille/ops/replay/replay';
import type { Selection } from '@quadrille/ops/replay/selection';
import type { Site } from '@quadrille/ops/site';
import { systemTokenHeader } from '@quadrille/process/system-token';
import type { Service } from '@quadrille/stack/setup';
import { Refusal } from './web/refusal.ts';

/** Who acts, and why; both go into the ledger. */
type Author = { readonly who: string; readonly why: string };

/** What an operator does, from a page or by the API. All of it is what `npm run ops` does, with the same brakes. */
export const createActs = (site: Site, gatewayUrl: string, systemToken: string) => {
  const stopping = new AbortController();
  /** Acts that outlive the request that began them. */
  const underWay = new Set<Promise<unknown>>();
  const brakes = (onTold: (told: QueueTold) => void = () => {}) => ({
    rate: 50,
    stopAfter: 3,
    onTold,
    signal: stopping.signal,
  });

  return {
    cancel: (orderId: string, author: Author) =>
      actOnce(site.ledger, { verb: 'cancel', what: { orderId }, lease: `cancel ${orderId}` }, author, () =>
        cancelAtGateway(gatewayUrl, systemToken, orderId),
      ),
    release: (filter: ParkedFilter, author: Author) => releaseParked(site, filter, author, brakes()),
    foretellRelease: (filter: ParkedFilter, onTold: (told: QueueTold) => void) =>
      foretellRelease(site, filter, brakes(onTold)),
    discard: (place: { service: Service; seq: number }, author: Author) => discardParked(site, place, author, brakes()),
    edit: (place: { service: Service; seq: number }, change: ParkedChange, author: Author) =>
      editParked(site, place, change, author),
    /** What a replay would do; `more`: only the beginning was looked at. */
    foretell: async (selection: Selection): Promise<Foretold> => {
      const told: Told[] = [];
      const enough = new AbortController();
      const onTold = (each: Told) => {
        told.push(each);
        if (told.length >= mostForetold) enough.abort();
      };
      const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(patience), stopping.signal]);
      const all = await foretell(site, selection, { onTold, onProgress: () => {}, signal });
      return { ...all, told, more: signal.aborted };
    },
    /** Begins a replay, and waits a little for its end; null: it goes on, and the ledger shows how far it is. */
    replay: async (selection: Selection, author: Author): Promise<Redelivered | null> => {
      const options = { rate: 200, stopAfter: 1, onTold: () => {}, onProgress: () => {}, signal: stopping.signal };
      const work = replay(site, selection, author, options);
      underWay.add(work);
      const done = work.finally(() => underWay.delete(work));
      done.catch(() => {});
      const wait = new Promise<null>((resolve) => setTimeout(() => resolve(null), 5_000).unref());
      return Promise.race([done, wait]);
    },
    /** Stops what is under way; a replay can be resumed from the command line. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.allSettled([...underWay]);
    },
  };
};

export type Acts = ReturnType<typeof createActs>;

/** More than a person reads; a larger replay is for `npm run ops -- replay`. */
const mostForetold = 2_000;
const patience = 15_000;

export type Foretold = Redelivered & { readonly told: readonly Told[]; readonly more: boolean };

const cancelAtGateway = async (
  gatewayUrl: string,
  systemToken: string,
  orderId: string,
): Promise<{ status: string }> => {
  let response: Response;
  try {
    response = await fetch(`${gatewayUrl}/api/v1/orders/${orderId}/cancel`, {
      method: 'POST',
      headers: { [systemTokenHeader]: systemToken },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw Object.assign(
      new Refusal(503, 'The gateway cannot be reached (GATEWAY_URL). Whether it did something is not known.'),
      { cause },
    );
  }
  const body = (await response.json().catch(() => ({}))) as { status?: unknown; detail?: unknown };
  if (response.status === 202) return { status: String(body.status) };
  const detail = typeof body.detail === 'string' ? body.detail : `the gateway answered ${response.status}`;
  throw new Refusal(response.status === 409 || response.status === 404 ? response.status : 503, detail);
};
