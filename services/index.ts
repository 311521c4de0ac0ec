/** All services, and the only list of them. */
export const services = ['order', 'stock', 'coupon', 'pay'] as const;

export type Service = (typeof services)[number];
