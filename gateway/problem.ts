import { HttpError, problemDetails, problemOfError } from '@quadrille/process/problem';
import { json, problemHeaders, retryAfter } from './responses.ts';
import { ServiceUnavailable } from './upstream.ts';

/**
 * The answer to whatever a handler threw. Of an unexpected error the client learns nothing but the trace id, under which it is logged.
 */
export const answerError = (error: unknown, traceId?: string): Response => {
  if (error instanceof HttpError)
    return json(error.status, problemOfError(error), { ...problemHeaders, ...error.more.headers });
  if (error instanceof ServiceUnavailable)
    return json(503, problemDetails(503, error.message), { ...problemHeaders, ...retryAfter });
  return json(500, problemDetails(500, undefined, traceId === undefined ? {} : { instance: traceId }), problemHeaders);
};
