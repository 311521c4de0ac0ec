import { readOperation, requestStop, runOperation } from '@quadrille/ops/audit-log';
import type { Cluster } from '@quadrille/ops/cluster';
import { limits } from '@quadrille/ops/limits';
import type { ParkedFilter } from '@quadrille/ops/parked';
import {
  discardParked,
  dryRunRetry,
  editParked,
  type ParkedChange,
  type QueueResult,
  retryParked,
} from '@quadrille/ops/parked-operations';
import type { ReplayResult } from '@quadrille/ops/replay/effect';
import type { Redelivered } from '@quadrille/ops/replay/redeliver';
import { dryRunReplay, type Replayed, replay } from '@quadrille/ops/replay/replay';
import type { Selection } from '@quadrille/ops/replay/selection';
import { HttpError } from '@quadrille/process/problem';
import { systemTokenHeader } from '@quadrille/process/system-token';
import { callInSpan } from '@quadrille/process/tracing/http';
import { beginTrace } from '@quadrille/process/tracing/recorder';
import { NoAnswer, within } from '@quadrille/process/within';
import type { Service } from '@quadrille/services';

/** Who operates, and why; both go into the audit log. */
type Author = { readonly who: string; readonly why: string };

export type OperationsDeps = {
  /** To act with. */
  readonly cluster: Cluster;
  /** To look ahead with: its connections are closed when they do not answer. */
  readonly looking: Cluster;
  readonly gatewayUrl: string;
  readonly systemToken: string;
};

/** What an operator does, from a page or by the API. All of it is what `npm run ops` does, within the same limits. */
export const createOperations = ({ cluster, looking, gatewayUrl, systemToken }: OperationsDeps) => {
  const stopping = new AbortController();
  /** Operations that outlive the request that began them. */
  const underWay = new Set<Promise<unknown>>();
  const runLimits = (onResult: (result: QueueResult) => void = () => {}) => ({
    ...limits.parked,
    onResult,
    signal: stopping.signal,
  });
  /** Waits a little for the end of an operation; null: it goes on, and the audit log shows how far it is. */
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
    throw new HttpError(503, 'It takes longer than it should. The audit log will say what has come of it.');
  };

  return {
    cancel: (orderId: string, author: Author) => {
      const operation = { verb: 'cancel', what: { orderId }, lease: `cancel ${orderId}` };
      const work = runOperation(cluster.auditLog, operation, author, () =>
        cancelAtGateway(gatewayUrl, systemToken, orderId),
      );
      return atOnce(work, waitFor + gatewayPatience);
    },
    retry: (filter: ParkedFilter, author: Author) => orLater(retryParked(cluster, filter, author, runLimits())),
    dryRunRetry: (filter: ParkedFilter, onResult: (result: QueueResult) => void) =>
      dryRunRetry(looking, filter, runLimits(onResult)),
    discard: (place: { service: Service; seq: number }, author: Author) =>
      orLater(discardParked(cluster, place, author, runLimits())),
    edit: (place: { service: Service; seq: number }, change: ParkedChange, author: Author) =>
      atOnce(editParked(cluster, place, change, author)),
    /** What a replay would do; `more`: only the beginning was looked at. */
    dryRun: async (selection: Selection): Promise<DryRun> => {
      const results: ReplayResult[] = [];
      const enough = new AbortController();
      const onResult = (each: ReplayResult) => {
        results.push(each);
        if (results.length >= mostPreviewed) enough.abort();
      };
      const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(patience), stopping.signal]);
      const all = await within(
        patience + waitFor,
        dryRunReplay(looking, selection, { onResult, onProgress: () => {}, signal }),
      );
      return { ...all, results, more: signal.aborted };
    },
    replay: (selection: Selection, author: Author): Promise<Replayed | null> => {
      const options = { ...limits.replay, onResult: () => {}, onProgress: () => {}, signal: stopping.signal };
      return orLater(replay(cluster, selection, author, options));
    },
    /** Stops an operation that runs, here or elsewhere. @throws HttpError when it does not run */
    stopOperation: async (id: number, author: Author): Promise<{ readonly stopping: number }> => {
      if (await within(waitFor, requestStop(cluster.auditLog, id, author))) return { stopping: id };
      const operation = await within(waitFor, readOperation(cluster.auditLog, id));
      if (!operation) throw new HttpError(404, `The audit log has no operation ${id}`);
      throw new HttpError(409, `Operation ${id} does not run: it is ${operation.status}`);
    },
    /** Stops what is under way; a replay can be resumed from the command line. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.allSettled([...underWay]);
    },
  };
};

export type Operations = ReturnType<typeof createOperations>;

/** More than a person reads; a larger replay is for `npm run ops -- replay`. */
const mostPreviewed = 2_000;
const patience = 15_000;
/** Whoever acts waits so long for the end of it (ms). */
const waitFor = 5_000;
const gatewayPatience = 10_000;

export type DryRun = Redelivered & { readonly results: readonly ReplayResult[]; readonly more: boolean };

const cancelAtGateway = async (
  gatewayUrl: string,
  systemToken: string,
  orderId: string,
): Promise<{ status: string }> => {
  let response: Response;
  try {
    const path = `/api/v1/orders/${orderId}/cancel`;
    const span = beginTrace();
    response = await callInSpan(span, { method: 'POST', origin: gatewayUrl, path }, () =>
      fetch(gatewayUrl + path, {
        method: 'POST',
        headers: { [systemTokenHeader]: systemToken, ...(span && { traceparent: span.traceparent }) },
        redirect: 'error',
        signal: AbortSignal.timeout(gatewayPatience),
      }),
    );
  } catch (cause) {
    throw Object.assign(
      new HttpError(503, 'The gateway cannot be reached (GATEWAY_URL). Whether it did something is not known.'),
      { cause },
    );
  }
  const body = (await response.json().catch(() => ({}))) as { status?: unknown; detail?: unknown };
  if (response.status === 202) return { status: String(body.status) };
  const detail = typeof body.detail === 'string' ? body.detail : `the gateway answered ${response.status}`;
  throw new HttpError(response.status === 409 || response.status === 404 ? response.status : 503, detail);
};
