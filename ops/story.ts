import type { Envelope } from '@quadrille/contracts/cloudevents';
import { type CouponUse, couponUses } from '@quadrille/coupon/schema';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { readProgress } from '@quadrille/db/outbox-progress';
import { rowsOf } from '@quadrille/db/rows';
import type { OutboxParkedStatus } from '@quadrille/db/tables';
import { type Order, orders } from '@quadrille/order/schema';
import { type Payment, payments } from '@quadrille/pay/schema';
import { type Service, services } from '@quadrille/services';
import { type Reservation, reservations } from '@quadrille/stock/schema';
import { isPublished } from './publication.ts';
import { select } from './select.ts';
import { readSetAside, type SetAside } from './set-aside.ts';
import { ofEach, type ServiceHandles, type Site } from './site.ts';

/** What one service did with an event: took it in, set it aside, or nothing yet. */
export type Hearing = {
  readonly service: Service;
  readonly takenAt: Date | null;
  readonly setAside: SetAside | null;
};

/** `waiting` for the relay; `refused` by Kafka; `discarded` by somebody after that. */
export type Publication = 'waiting' | 'published' | 'refused' | 'discarded';

/** An event and what became of it. */
export type StoryEvent = Envelope & {
  readonly data: unknown;
  readonly publication: Publication;
  /** What Kafka said when it refused. */
  readonly refusal: string | null;
  /** Of the services that hear it. */
  readonly hearings: readonly Hearing[];
};

/** What each service holds for an order. */
export type OrderRows = {
  readonly order: Order | undefined;
  readonly reservation: Reservation | undefined;
  readonly use: CouponUse | undefined;
  readonly payment: Payment | undefined;
};

export type Story = {
  readonly orderId: string;
  /** Each after its cause; as far as the outboxes still keep them. */
  readonly events: readonly StoryEvent[];
  readonly rows: OrderRows;
};

const tables = {
  order: rowsOf(orders, 'orderId'),
  reservation: rowsOf(reservations, 'orderId'),
  use: rowsOf(couponUses, 'orderId'),
  payment: rowsOf(payments, 'orderId'),
};

/** The rows of orders in all four databases. */
export const readOrderRows = async ({ read }: Site, orderIds: readonly string[]): Promise<Map<string, OrderRows>> => {
  const [order, reservation, use, payment] = await Promise.all([
    tables.order.read(read.order, orderIds).then(byOrder),
    tables.reservation.read(read.stock, orderIds).then(byOrder),
    tables.use.read(read.coupon, orderIds).then(byOrder),
    tables.payment.read(read.pay, orderIds).then(byOrder),
  ]);
  return new Map(
    orderIds.map((id) => [
      id,
      { order: order.get(id), reservation: reservation.get(id), use: use.get(id), payment: payment.get(id) },
    ]),
  );
};

/** The stories of orders, from the outboxes, inboxes and tables of all services. */
export const readStories = async (site: Site, orderIds: readonly string[]): Promise<Map<string, Story>> => {
  const told = Object.values(await ofEach((service) => readOutbox(site, service, orderIds))).flat();
  const events = await withHearings(site, told, orderIds);
  const rows = await readOrderRows(site, orderIds);
  const ofOrder = Map.groupBy(events, ({ correlationId }) => correlationId);
  return new Map(
    orderIds.map((orderId) => [
      orderId,
      { orderId, events: inOrder(ofOrder.get(orderId) ?? []), rows: rows.get(orderId) as OrderRows },
    ]),
  );
};

type Told = Omit<StoryEvent, 'hearings'>;

const readOutbox = async ({ read }: Site, service: Service, orderIds: readonly string[]): Promise<Told[]> => {
  const pool = read[service];
  const progress = await readProgress(pool);
  const [rows, setAside] = await Promise.all([
    select<OutboxRow>(pool, `SELECT ${outboxColumns('o')} FROM outbox o WHERE o.correlation_id IN (?) ORDER BY o.seq`, [
      orderIds,
    ]),
    select<{ seq: number; status: OutboxParkedStatus; cause: string | null }>(
      pool,
      'SELECT seq, status, cause FROM outbox_parked WHERE correlation_id IN (?)',
      [orderIds],
    ),
  ]);
  const aside = new Map(setAside.map((row) => [row.seq, row]));
  return rows.map(({ seq, payload, ...envelope }) => ({
    ...envelope,
    data: parse(payload),
    publication: aside.get(seq)?.status ?? (isPublished(progress, seq) ? 'published' : 'waiting'),
    refusal: aside.get(seq)?.cause ?? null,
  }));
};

/** Adds who has heard of each event, or should have. */
export const withHearings = async (
  { read, handles }: Pick<Site, 'read' | 'handles'>,
  told: readonly Told[],
  orderIds: readonly string[],
): Promise<StoryEvent[]> => {
  const heard = await ofEach(async (service) => {
    const ids = told.filter(({ type }) => handles[service].hears.has(type)).map(({ id }) => id);
    const taken =
      ids.length === 0
        ? []
        : await select<{ id: string; takenAt: Date }>(
            read[service],
            'SELECT event_id AS id, taken_at AS takenAt FROM inbox WHERE event_id IN (?)',
            [ids],
          );
    const setAside = await readSetAside(read[service], orderIds);
    return { taken: new Map(taken.map(({ id, takenAt }) => [id, takenAt])), setAside };
  });
  return told.map((event) => ({
    ...event,
    hearings: hearersOf(handles, event.type).map((service) => {
      const { taken, setAside } = heard[service];
      // What is set aside is in the inbox, too: it has arrived, but has not taken effect.
      const aside = setAside.get(event.id) ?? null;
      return { service, setAside: aside, takenAt: aside ? null : (taken.get(event.id) ?? null) };
    }),
  }));
};

/** It is on its way to a service. */
export const isUnderWay = ({ publication, hearings }: StoryEvent): boolean =>
  publication === 'waiting' ||
  (publication === 'published' && hearings.some(({ takenAt, setAside }) => !takenAt && !setAside));

export const hearersOf = (handles: ServiceHandles, type: string): Service[] =>
  services.filter((service) => handles[service].hears.has(type));

/** By time, but no event before its cause: the clocks of four databases may differ. */
export const inOrder = <E extends Envelope>(events: readonly E[]): E[] => {
  const waiting = [...events].sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1));
  const known = new Set(waiting.map(({ id }) => id));
  const sorted: E[] = [];
  const told = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      ({ causationId }) => causationId === null || told.has(causationId) || !known.has(causationId),
    );
    // Events that cause each other in a circle are nonsense, but shown.
    const [event] = waiting.splice(Math.max(0, next), 1);
    if (!event) break;
    sorted.push(event);
    told.add(event.id);
  }
  return sorted;
};

const parse = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return payload.toString();
  }
};

const byOrder = <Row extends { orderId: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.orderId, row]));
