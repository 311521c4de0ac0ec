import { duration } from '../moment.ts';
import type { Trace, TracedDelivery, TracedEvent } from '../trace.ts';
import { counted, paint, plain, table } from './output.ts';

/** For the terminal: a head, the events in their order, what it waits for. */
export const describeTrace = (trace: Trace, withData: boolean): string => {
  const rows = trace.events.map((event) => [
    event.time.slice(11, 23),
    event.sinceCause === null ? '' : `+${duration(event.sinceCause)}`,
    event.publisher,
    event.compensation ? paint('yellow', event.type) : event.type,
    [...publicationOf(event), ...event.deliveries.map(describeDelivery)].join(', ') || 'no service subscribes to it',
  ]);
  const lines =
    rows.length === 0 ? [] : table([['time', 'after', 'service', 'event', 'received by'], ...rows]).split('\n');
  const events = withData
    ? lines.flatMap((line, index) => {
        const event = trace.events[index - 1];
        return event ? [line, `      ${plain(JSON.stringify(event.data))}`] : [line];
      })
    : lines;
  return [...head(trace), '', ...events, '', waitsFor(trace), ...foot(trace)].join('\n').trimEnd();
};

const head = ({ orderId, order, holds, traces }: Trace): string[] => {
  if (!order) return [`Order ${plain(orderId)}: ${paint('red', 'the order service does not know it')}`];
  const colour = order.status === 'cancelled' ? 'yellow' : order.final ? 'green' : 'cyan';
  const coupon = order.couponId === 0 ? 'no coupon' : `coupon ${order.couponId} (discount ${order.discount})`;
  return [
    `Order ${paint('bold', plain(orderId))}: ${paint(colour, order.status)}${order.reason ? ` (${plain(`${order.reason.code}: ${order.reason.message}`)})` : ''}`,
    `user ${order.userId}, ${order.productCount} of product ${order.productId}, amount ${order.amount}, ${coupon}, submitted ${plain(order.submittedAt)}`,
    plain(
      Object.entries(holds)
        .filter(([service]) => service !== 'order')
        .map(([service, status]) => `${service}: ${status ?? '-'}`)
        .join(', '),
    ),
    ...traces.map(describeId),
  ];
};

/** By which a tracing server finds it. */
const describeId = ({ id, sampled }: Trace['traces'][number]): string =>
  `trace ${plain(id)}${sampled ? '' : ' (not sampled)'}`;

const publicationOf = ({ publication, refusal }: TracedEvent): string[] => {
  if (publication === 'published') return [];
  return [paint('red', publication === 'waiting' ? 'not published yet' : `${publication}: ${plain(refusal ?? '')}`)];
};

const describeDelivery = ({ service, latency, parked }: TracedDelivery): string => {
  if (parked?.discardedAt) return paint('yellow', `discarded in ${service}: ${plain(parked.cause)}`);
  if (parked?.attempts === 0) return paint('red', `${service} has it blocked behind a parked one`);
  if (parked) {
    const times = counted(parked.attempts, 'attempt');
    return paint('red', `parked by ${service} as ${parked.seq} after ${times}: ${plain(parked.cause)}`);
  }
  return latency === null ? paint('red', `${service} has not yet`) : `${service} ${duration(latency)}`;
};

const waitsFor = ({ waitsFor, took }: Trace): string => {
  if (waitsFor)
    return `${paint('bold', 'Waits')} for ${plain(waitsFor.what)}, since ${duration(waitsFor.ms)} (${waitsFor.since}).`;
  return took === null
    ? 'Nothing is known of its events.'
    : `Waits for nothing any more; all in all it took ${duration(took)}.`;
};

const foot = ({ fromTopics }: Trace): string[] =>
  fromTopics === 0
    ? []
    : [`${fromTopics} of the events were read from the topics: the outboxes do not keep them any more.`];
