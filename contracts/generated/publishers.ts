// Written by `npm run generate`. Do not edit.

/** The services that publish events, in the order of the saga. */
export const publishers = ['order', 'stock', 'coupon', 'pay'] as const;

/** Those that have something to undo when an order is cancelled. */
export const compensators = ['stock', 'coupon', 'pay'] as const;
