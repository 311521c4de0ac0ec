import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** JSON lines on stdout, each with the service's name; buffered a little, so that a line costs microseconds. */
export const createLog = (service: string): Log =>
  pino(
    {
      base: { service },
      level: process.env.LOG_LEVEL ?? 'info',
      redact: ['password', '*.password', 'authorization', '*.authorization', 'cookie', '*.cookie'],
    },
    pino.destination({ fd: 1, sync: false, minLength: 0 }),
  );

/** What every line about an event carries. */
export const eventFields = (event: Pick<Event, 'id' | 'correlationId' | 'traceparent'>) => ({
  orderId: event.correlationId,
  eventId: event.id,
  traceId: traceId(event.traceparent),
});
