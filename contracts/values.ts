import { z } from 'zod';
import { compensators, publishers } from './generated/publishers.ts';

/** Ids of users, products and coupons: positive integers, as in the article this saga comes from. */
export const id = z.int().positive().max(Number.MAX_SAFE_INTEGER);

/** An order's id, an event's id, a payment's id: UUIDs, unguessable, sorted by time (v7). */
export const uuid = z.uuid();

/** A UUID from outside: its letters may be upper case. It becomes lower case. */
export const givenUuid = uuid.toLowerCase();

/** Integer minor units (cents). The bound keeps every sum of them far below 2^53. */
export const mostMoney = 1_000_000_000_000;
export const money = z.int().min(0).max(mostMoney);
/** Money that is asked for: never nothing. */
export const price = z.int().min(1).max(mostMoney);

export const count = z.int().positive().max(1_000_000);

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Whether a text is a moment that there is, from 1970 to 9999, as we write them: `2026-01-31T23:59:59.999Z`. */
export const isInstant = (text: string): boolean => {
  const moment = new Date(instant.test(text) ? text : Number.NaN);
  // A day or an hour that there is not (31 February, 24 o'clock) is read as one of another day.
  return moment.getTime() >= 0 && moment.getUTCDate() === Number(text.slice(8, 10));
};

export const time = z.iso.datetime({ precision: 3 }).refine(isInstant, 'must be a moment from 1970 to 9999');

/** The services that may owe an answer while an order is being cancelled. */
export const step = z.enum(compensators);
export type Step = z.infer<typeof step>;

/** Why an order was refused or cancelled: a code for machines, a sentence for people, and the service that said it. */
export const reason = z.object({
  code: z.string().min(1).max(64),
  message: z.string().min(1).max(255),
  step: z.enum(publishers),
});
export type Reason = z.infer<typeof reason>;

/** What an undo found: something of this order to take back, or nothing (it had not happened, or was undone before). */
export const undone = z.enum(['undone', 'nothing-to-undo']);
