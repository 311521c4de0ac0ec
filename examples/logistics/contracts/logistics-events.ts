import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { paymentSucceeded } from './payment-events.ts';
import { reason, undone } from './values.ts';

const logistics = publisherOf('logistics', 'logistics-events');

/** The shipment is on its way. */
export const shipmentCreated = logistics(
  'shipment-created',
  1,
  { kind: 'forward', after: paymentSucceeded },
  z.object({ trackingId: z.string().min(1).max(32) }),
);
export type ShipmentCreated = EventOf<typeof shipmentCreated>;

/** The step will not be. The order service cancels the order, and all services undo their parts. */
export const shipmentRefused = logistics(
  'shipment-refused',
  1,
  { kind: 'rejection', insteadOf: shipmentCreated, through: 'order' },
  z.object({ reason }),
);
export type ShipmentRefused = EventOf<typeof shipmentRefused>;

/** The answer to a cancellation, also when there was nothing to undo. */
export const shipmentCancelled = logistics(
  'shipment-cancelled',
  1,
  { kind: 'compensation', undoes: shipmentCreated },
  z.object({ outcome: undone }),
);
export type ShipmentCancelled = EventOf<typeof shipmentCancelled>;
