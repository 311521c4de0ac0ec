import { claimedType } from '@quadrille/contracts/cloudevents';
import { type ParkedEvent, readParked } from '@quadrille/db/parked';
import { toRecord } from '@quadrille/participant/parked-event';
import { UsageError } from '@quadrille/process/errors';
import { type Service, services } from '@quadrille/services';
import type { Cluster } from './cluster.ts';
import { select } from './select.ts';

/** A parked event in short. `attempts` 0: no attempt to apply it has failed, it is blocked behind another event of its order. */
export type ParkedView = Pick<
  ParkedEvent,
  'seq' | 'eventId' | 'topic' | 'partition' | 'offset' | 'cause' | 'attempts'
> & {
  readonly service: Service;
  readonly orderId: string;
  /** What it claims to be. */
  readonly type: string | null;
  readonly parkedAt: string;
};

export type ParkedFilter = {
  readonly service?: Service | undefined;
  readonly orderId?: string | undefined;
  readonly type?: string | undefined;
  /** A part of the cause. */
  readonly cause?: string | undefined;
};

const pageSize = 500;

/** Parked events, service by service, the oldest first. */
export async function* listParked({ read }: Pick<Cluster, 'read'>, filter: ParkedFilter): AsyncGenerator<ParkedView> {
  for (const service of services) {
    if (filter.service && filter.service !== service) continue;
    for (let after = 0; ; ) {
      const page = await readParked(read[service], { after, limit: pageSize, correlationId: filter.orderId });
      for (const event of page) {
        const view = toView(service, event);
        if (matches(view, filter)) yield view;
      }
      const last = page.at(-1);
      if (!last || page.length < pageSize) break;
      after = last.seq;
    }
  }
}

const toView = (service: Service, event: ParkedEvent): ParkedView => {
  const { seq, eventId, correlationId, topic, partition, offset, cause, attempts, parkedAt } = event;
  const type = claimedType(toRecord(event)) ?? null;
  return {
    ...{ service, seq, eventId, orderId: correlationId, type, topic, partition, offset, cause, attempts },
    parkedAt: parkedAt.toISOString(),
  };
};

const matches = ({ type, cause }: ParkedView, filter: ParkedFilter): boolean =>
  (filter.type === undefined || filter.type === type) &&
  (filter.cause === undefined || cause.toLowerCase().includes(filter.cause.toLowerCase()));

/** All that is known of one parked event. */
export type ParkedDetail = ParkedView & {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** As text; base64 where it is none. */
  readonly payload: string | null;
  /** How many wait behind it. */
  readonly behind: number;
  readonly history: readonly {
    readonly action: string;
    readonly by: string;
    readonly why: string;
    readonly at: string;
  }[];
};

/** The service has no parked event with this number, or not any more. */
export class NoSuchEvent extends UsageError {}

/** @throws NoSuchEvent */
export const showParked = async (
  { read }: Pick<Cluster, 'read'>,
  service: Service,
  seq: number,
): Promise<ParkedDetail> => {
  const event = await findParked({ read }, service, seq);
  const record = toRecord(event);
  const pool = read[service];
  const [behind, history] = await Promise.all([
    select(pool, 'SELECT 1 FROM parked WHERE correlation_id = ? AND seq > ?', [event.correlationId, seq]),
    select<{ action: string; by: string; why: string; at: Date }>(
      pool,
      'SELECT action, done_by AS `by`, why, done_at AS at FROM parked_history WHERE correlation_id = ? ORDER BY seq',
      [event.correlationId],
    ),
  ]);
  return {
    ...toView(service, event),
    key: event.key?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, String(value)])),
    payload: event.payload?.toString() ?? null,
    behind: behind.length,
    history: history.map(({ at, ...operation }) => ({ ...operation, at: at.toISOString() })),
  };
};

export const findParked = async (
  { read }: Pick<Cluster, 'read'>,
  service: Service,
  seq: number,
): Promise<ParkedEvent> => {
  const [event] = await readParked(read[service], { after: seq - 1, limit: 1 });
  if (event?.seq === seq) return event;
  const [decided] = await select<{ action: string; by: string; at: Date }>(
    read[service],
    'SELECT action, done_by AS `by`, done_at AS at FROM parked_history WHERE parked_seq = ? ORDER BY seq DESC LIMIT 1',
    [seq],
  );
  throw new NoSuchEvent(
    decided
      ? `${service} has no parked event ${seq} any more: ${decided.by} has ${decided.action} it at ${decided.at.toISOString()}.`
      : `${service} has no parked event ${seq}: quadrille parked list shows what there is.`,
  );
};
