import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import { type Logger, pino } from 'pino';
import { printable } from './printable.ts';

export type Log = Logger;

/** A line is written so late (ms) at most. */
const writtenAfter = 50;

/** JSON lines on stdout, each with the service's name. Written some at a time: a write for each line would cost more than the line. */
export const createLog = (service: string, level = 'info'): Log => {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 4096 });
  let isDue = false;
  // Not pino's own interval: that writes nothing twenty times a second, in a process that has nothing to say.
  const writeSoon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      destination.flush();
    }, writtenAfter).unref();
  };
  return pino(
    {
      base: { service },
      level,
      // JSON escapes only C0 control characters; raw lines are read on terminals, too.
      hooks: {
        streamWrite: (line) => {
          writeSoon();
          return printable(line, '\n');
        },
      },
    },
    destination,
  );
};

/** What every line about an event carries. */
export const eventFields = (event: Pick<Event, 'id' | 'correlationId' | 'traceparent'>) => ({
  orderId: event.correlationId,
  eventId: event.id,
  traceId: traceId(event.traceparent),
});
