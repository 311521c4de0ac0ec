import type { Reason } from '@quadrille/contracts/values';
import type { Storage } from '@quadrille/db/storage';
import type { DeliveryResult } from '@quadrille/participant/handle';
import { toRecord } from '@quadrille/participant/parked-event';
import type { Service } from '@quadrille/services';
import type { Selected } from './source.ts';

/**
 * What a service made of an event, or would make of it. `already-applied`: it had been processed before. `already-parked`: and waits for a
 * person. `applies`: it takes effect. `refuses`: it takes effect, and the service says no. `parks`: its rule cannot take it. `queues`: it waits
 * behind a parked event of its order.
 */
export const effects = ['already-applied', 'already-parked', 'applies', 'refuses', 'parks', 'queues'] as const;
export type Effect = (typeof effects)[number];

export type ReplayResult = {
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
  readonly time: string;
  readonly effect: Effect;
  /** The events that the service says because of it. */
  readonly emits: readonly string[];
  /** Where it leaves the order in the service. */
  readonly status: string | null;
  /** Why it refuses, or cannot be applied. */
  readonly because: string | null;
};

/** @param parked ids of events that are parked */
export const tellOf = (
  service: Service,
  event: Selected,
  taken: DeliveryResult,
  parked: ReadonlySet<string>,
): ReplayResult => {
  const { id, type, orderId, time } = event;
  const result = { id, type, orderId, time, emits: [], status: null, because: null };
  switch (taken.kind) {
    case 'duplicate':
      return { ...result, effect: parked.has(id) ? 'already-parked' : 'already-applied' };
    // A replay skips nothing.
    case 'skipped':
    case 'waiting':
      return { ...result, effect: 'queues' };
    case 'parked':
      return { ...result, effect: 'parks', because: taken.cause };
    case 'applied': {
      const refusal = taken.emitted.find(({ publisher, type }) => publisher === service && type.endsWith('-rejected'));
      const reason = (refusal?.data as { reason?: Reason } | undefined)?.reason;
      return {
        ...result,
        effect: refusal ? 'refuses' : 'applies',
        emits: taken.emitted.map(({ type }) => type),
        status: taken.status ?? null,
        because: reason ? `${reason.code}: ${reason.message}` : null,
      };
    }
  }
};

/** Which events of these orders are parked; what could not be read is parked under another id than the one it claims. */
export const parkedOf = (storage: Storage, orderIds: readonly string[]): Promise<ReadonlySet<string>> =>
  storage.transact(async (unit) => {
    const { anyParked } = await unit.readInbox([]);
    const ids = new Set<string>();
    if (anyParked)
      for (const orderId of orderIds)
        for (const event of await unit.lockQueue(orderId))
          ids.add(event.eventId).add(String(toRecord(event).headers.ce_id));
    return ids;
  });
