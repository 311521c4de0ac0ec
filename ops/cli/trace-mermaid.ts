import { services } from '@quadrille/services';
import { duration } from '../moment.ts';
import type { Trace } from '../trace.ts';
import { plain } from './output.ts';

/** A sequence diagram: an arrow from each event to each service that subscribes to it, solid where it has arrived. */
export const toMermaid = ({ orderId, order, events, waitsFor }: Trace): string => {
  const lines = [
    'sequenceDiagram',
    `  title ${label(`Order ${orderId}${order ? `: ${order.status}` : ''}`)}`,
    '  actor customer',
  ];
  for (const name of services) lines.push(`  participant ${name}`);
  for (const event of events) {
    const publisher = label(event.publisher);
    if (event.type === 'order-created') lines.push('  customer->>order: submit');
    if (event.deliveries.length === 0) lines.push(`  Note over ${publisher}: ${label(event.type)}`);
    for (const { service, latency, parked } of event.deliveries) {
      if (parked)
        lines.push(
          `  ${publisher}-x${service}: ${label(`${event.type} (${parked.discardedAt ? 'discarded' : 'parked'}: ${parked.cause})`)}`,
        );
      else if (latency === null)
        lines.push(`  ${publisher}--)${service}: ${label(`${event.type} (not processed yet)`)}`);
      else lines.push(`  ${publisher}->>${service}: ${label(`${event.type} (${duration(latency)})`)}`);
    }
  }
  if (waitsFor) {
    const at = services.find((name) => name === waitsFor.for) ?? 'order';
    lines.push(`  Note over ${at}: ${label(`waits for ${waitsFor.what}, since ${duration(waitsFor.ms)}`)}`);
  }
  return lines.join('\n');
};

/** Text that ends no line and begins no entity or tag. */
const label = (text: string): string =>
  plain(text)
    .replace(/[#;<>]/g, ' ')
    .slice(0, 200);
