import type { Problem } from './types.ts';

type Kind = 'refused' | 'unavailable' | 'timeout';

/** What a failed call may know besides its kind. */
type Details = {
  readonly problem?: Problem | undefined;
  readonly retryAfter?: number | undefined;
  readonly orderId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly cause?: unknown;
};

/** Why a call came to nothing. A call that is aborted by its signal rejects with the signal's reason instead. */
export class QuadrilleError extends Error {
  override readonly name = 'QuadrilleError';
  /**
   * refused: the API understood and said no, and will say so again. unavailable: it could not be reached, or not answer now; what has
   * an idempotency key may be sent again. timeout: `submitAndWait` gave up; the order may come to its end all the same.
   */
  readonly kind: Kind;
  /** What the API answered; undefined: nothing. */
  readonly problem: Problem | undefined;
  /** Seconds to wait before asking again, if the API said so. */
  readonly retryAfter: number | undefined;
  /** The order that `submitAndWait` waited for, once it was taken. */
  readonly orderId: string | undefined;
  /** With it and the same order, `submitAndWait` can go on where it gave up. */
  readonly idempotencyKey: string | undefined;

  constructor(kind: Kind, message: string, { problem, retryAfter, orderId, idempotencyKey, cause }: Details = {}) {
    super(message, { cause });
    this.kind = kind;
    this.problem = problem;
    this.retryAfter = retryAfter;
    this.orderId = orderId;
    this.idempotencyKey = idempotencyKey;
  }
}

/** Of an answer that is no success. @param body what was read of it: JSON if it was that, else text */
export const errorOf = (response: Response, body: unknown): QuadrilleError => {
  const { status } = response;
  // Whatever stands between us and the API may answer with a page of its own.
  const problem = isProblem(body)
    ? body
    : { type: 'about:blank', title: response.statusText || `HTTP ${status}`, status };
  const kind = status === 429 || status >= 500 ? 'unavailable' : 'refused';
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new QuadrilleError(kind, problem.detail ?? problem.title, {
    problem,
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
};

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'title' in body && 'status' in body;

/** Of a call that got no answer, or none that can be read. */
export const unreachable = (cause: unknown): QuadrilleError =>
  new QuadrilleError('unavailable', 'The API cannot be reached, or what it answered cannot be read.', { cause });
