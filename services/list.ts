/** All services, and the only list of them: one line for each. Everything else that names services follows from it (index.ts). */
export { couponService } from './coupon/service.ts';
export { orderService } from './order/service.ts';
export { payService } from './pay/service.ts';
export { stockService } from './stock/service.ts';
