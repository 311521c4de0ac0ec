import { get, make, reconcile, say } from './dom.js';
import { day, money, shortId } from './words.js';

/** @import { CouponView } from '@quadrille/contracts/shop-http' */

/** The user's coupons to choose from. One that is used up can be chosen, too: then one sees what the services make of it. */
export const createCoupons = () => {
  const list = get('coupons');
  /** @type {readonly CouponView[]} */
  let coupons = [];

  const choose = (/** @type {string} */ value) => {
    const input = list.querySelector(`input[value="${value}"]`);
    if (input instanceof HTMLInputElement) input.checked = true;
  };

  return {
    /** @param {readonly CouponView[]} found @param {boolean} hasMore */
    show: (found, hasMore) => {
      get('coupons-more').hidden = !hasMore;
      coupons = found;
      const all = [null, ...coupons];
      reconcile(list, all, (coupon) => (coupon ? `coupon-${coupon.couponId}` : 'none'), createTicket, updateTicket);
      if (!list.querySelector('input:checked')) choose('0');
    },
    /** The chosen coupon, if it is not none. */
    chosen: () => {
      const input = list.querySelector('input:checked');
      return coupons.find(({ couponId }) => input instanceof HTMLInputElement && String(couponId) === input.value);
    },
  };
};

/** @param {CouponView | null} coupon */
const createTicket = (coupon) =>
  make(
    'label',
    { class: coupon ? 'choice' : 'choice none' },
    make('input', { type: 'radio', name: 'coupon', value: coupon?.couponId ?? 0 }),
    make('span', { class: 'name' }, coupon ? `Coupon ${coupon.couponId}` : 'No coupon'),
    ...(coupon ? [make('span', { class: 'price' }, `−${money(coupon.amount)}`), make('span', { class: 'state' })] : []),
  );

/** @param {HTMLElement} ticket @param {CouponView | null} coupon */
const updateTicket = (ticket, coupon) => {
  if (!coupon) return;
  ticket.dataset.status = coupon.status;
  const state = ticket.querySelector('.state');
  if (state instanceof HTMLElement) say(state, inWords(coupon));
};

/** @param {CouponView} coupon */
const inWords = ({ status, orderId, expiresAt }) => {
  switch (status) {
    case 'free':
      return expiresAt ? `free until ${day(expiresAt)}` : 'free';
    case 'held':
      return `held by order ${shortId(orderId ?? '')}`;
    case 'used':
      return `used by order ${shortId(orderId ?? '')}`;
    case 'expired':
      return 'expired';
  }
};
