// Written by `npm run generate`. Do not edit.
import * as couponEvents from '../coupon-events.ts';
import * as orderEvents from '../order-events.ts';
import * as paymentEvents from '../payment-events.ts';
import * as stockEvents from '../stock-events.ts';

/** The files of events, in the order of the saga. */
export const modules = [orderEvents, stockEvents, couponEvents, paymentEvents] as const;
