import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { orderCreated } from './order-events.ts';
import { id, reason } from './values.ts';

const user = publisherOf('user', 'user-events');

/** The user of the order has an account. */
export const userConfirmed = user(
  'user-confirmed',
  1,
  { kind: 'forward', after: orderCreated, undo: 'nothing' },
  z.object({}),
);
export type UserConfirmed = EventOf<typeof userConfirmed>;

/** There is no such user, or not any more. The order service cancels the order, and all services undo their parts. */
export const userRejected = user(
  'user-rejected',
  1,
  { kind: 'rejection', insteadOf: userConfirmed, through: 'order' },
  z.object({ reason }),
);
export type UserRejected = EventOf<typeof userRejected>;

/** The account is empty, and its user has no open orders: who keeps anything under the number of the user deletes it. */
export const userErased = user(
  'user-erased',
  1,
  { kind: 'announcement', about: 'user', for: 'people' },
  z.object({ userId: id }),
);
export type UserErased = EventOf<typeof userErased>;

/** The user of this order is erased: who keeps whose order it is puts this number in its place, which is nobody's. */
export const userForgotten = user(
  'user-forgotten',
  1,
  { kind: 'announcement', about: 'order' },
  z.object({ pseudonym: id }),
);
export type UserForgotten = EventOf<typeof userForgotten>;
