import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import { type Logger, pino } from 'pino';
import { printable } from './printable.ts';

export type Log = Logger;

/**
 * JSON lines on stdout, each with the service's name. Written some at a time, at the latest after 50 ms: a write for each line would
 * cost more than the line.
 */
export const createLog = (service: string): Log =>
  pino(
    {
      base: { service },
      level: process.env.LOG_LEVEL || 'info',
      // JSON writes out C0 only: whoever looks at the raw lines has a terminal, too.
      hooks: { streamWrite: (line) => printable(line, '\n') },
    },
    pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 50 }),
  );

/** What every line about an event carries. */
export const eventFields = (event: Pick<Event, 'id' | 'correlationId' | 'traceparent'>) => ({
  orderId: event.correlationId,
  eventId: event.id,
  traceId: traceId(event.traceparent),
});
