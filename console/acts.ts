import { actOnce, askToStop, readAct } from '@quadrille/ops/ledger';
import { limits } from '@quadrille/ops/limits';
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
import { foretell, type Replayed, replay } from '@quadrille/ops/replay/replay';
import type { Selection } from '@quadrille/ops/replay/selection';
import type { Site } from '@quadrille/ops/site';
import { systemTokenHeader } from '@quadrille/process/system-token';
import { NoAnswer, within } from '@quadrille/process/within';
import type { Service } from '@quadrille/services';
import { Refusal } from './web/refusal.ts';

/** Who acts, and why; both go into the ledger. */
type Author = { readonly who: string; readonly why: string };

export type ActsParts = {
  /** To act with. */
  readonly site: Site;
  /** To look ahead with: its connections are closed when they do not answer. */
  readonly looking: Site;
  readonly gatewayUrl: string;
  readonly systemToken: string;
};

/** What an operator does, from a page or by the API. All of it is what `npm run ops` does, within the same limits. */
export const createActs = ({ site, looking, gatewayUrl, systemToken }: ActsParts) => {
  const stopping = new AbortController();
  /** Acts that outlive the request that began them. */
  const underWay = new Set<Promise<unknown>>();
  const brakes = (onTold: (told: QueueTold) => void = () => {}) => ({
    ...limits.parked,
    onTold,
    signal: stopping.signal,
  });
  /** Waits a little for the end of an act; null: it goes on, and the ledger shows how far it is. */
  const orLater = async <Result>(work: Promise<Result>, ms = waitFor): Promise<Result | null> => {
    underWay.add(work);
    const done = work.finally(() => underWay.delete(work));
    return within(ms, done).catch((error: unknown) => {
      if (error instanceof NoAnswer) return null;
      throw error;
    });
  };
  /** For what is over at once, unless something is wrong. */
  const atOnce = async <Result>(work: Promise<Result>, ms = waitFor): Promise<Result> => {
    const done = await orLater(work, ms);
    if (done !== null) return done;
    throw new Refusal(503, 'It takes longer than it should. The ledger will say what has come of it.');
  };

  return {
    cancel: (orderId: string, author: Author) => {
      const act = { verb: 'cancel', what: { orderId }, lease: `cancel ${orderId}` };
      const work = actOnce(site.ledger, act, author, () => cancelAtGateway(gatewayUrl, systemToken, orderId));
      return atOnce(work, waitFor + gatewayPatience);
    },
    release: (filter: ParkedFilter, author: Author) => orLater(releaseParked(site, filter, author, brakes())),
    foretellRelease: (filter: ParkedFilter, onTold: (told: QueueTold) => void) =>
      foretellRelease(looking, filter, brakes(onTold)),
    discard: (place: { service: Service; seq: number }, author: Author) =>
      orLater(discardParked(site, place, author, brakes())),
    edit: (place: { service: Service; seq: number }, change: ParkedChange, author: Author) =>
      atOnce(editParked(site, place, change, author)),
    /** What a replay would do; `more`: only the beginning was looked at. */
    foretell: async (selection: Selection): Promise<Foretold> => {
      const told: Told[] = [];
      const enough = new AbortController();
      const onTold = (each: Told) => {
        told.push(each);
        if (told.length >= mostForetold) enough.abort();
      };
      const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(patience), stopping.signal]);
      const all = await within(
        patience + waitFor,
        foretell(looking, selection, { onTold, onProgress: () => {}, signal }),
      );
      return { ...all, told, more: signal.aborted };
    },
    replay: (selection: Selection, author: Author): Promise<Replayed | null> => {
      const options = { ...limits.replay, onTold: () => {}, onProgress: () => {}, signal: stopping.signal };
      return orLater(replay(site, selection, author, options));
    },
    /** Stops an act that runs, here or elsewhere. @throws Refusal when it does not run */
    stopAct: async (id: number, author: Author): Promise<{ readonly stopping: number }> => {
      if (await within(waitFor, askToStop(site.ledger, id, author))) return { stopping: id };
      const act = await within(waitFor, readAct(site.ledger, id));
      if (!act) throw new Refusal(404, `The ledger has no act ${id}`);
      throw new Refusal(409, `Act ${id} does not run: it is ${act.status}`);
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
/** Whoever acts waits so long for the end of it (ms). */
const waitFor = 5_000;
const gatewayPatience = 10_000;

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
      signal: AbortSignal.timeout(gatewayPatience),
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
