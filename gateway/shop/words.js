/** @import { OrderStatus, OrderView } from '@quadrille/contracts/orders-http' */

/**
 * Minor units as people write them: 110000 is 1,100.00.
 * @param {number} minor
 */
export const money = (minor) => {
  const whole = String(Math.trunc(minor / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${String(minor % 100).padStart(2, '0')}`;
};

/**
 * Enough of an order's id to tell it from its neighbours: its end, for ids of one moment begin alike.
 * @param {string} orderId
 */
export const shortId = (orderId) => orderId.slice(-6);

/** @param {string} iso */
export const clock = (iso) =>
  new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** @param {string} iso */
export const clockMinutes = (iso) =>
  new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** @param {string} iso */
export const day = (iso) => new Date(iso).toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });

/**
 * How long something took.
 * @param {string} from
 * @param {string} to
 */
export const took = (from, to) => {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
};

/** @type {Record<OrderStatus, string>} */
const statuses = {
  submitted: 'submitted',
  'stock-reserved': 'goods set aside',
  'coupon-applied': 'coupon applied',
  'awaiting-payment': 'awaiting payment',
  paid: 'paid',
  cancelling: 'being cancelled',
  cancelled: 'cancelled',
};

/** @param {OrderStatus} status */
export const inWords = (status) => statuses[status];

/** @param {string} text */
export const sentence = (text) =>
  text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/**
 * `a, b and c`
 * @param {readonly string[]} names
 */
export const listed = (names) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;

/**
 * What a screen reader says when an order has moved.
 * @param {OrderView} order
 */
export const news = ({ orderId, status, reason, pendingCompensations }) => {
  const waiting = pendingCompensations.length > 0 ? ` Waiting for ${listed(pendingCompensations)}.` : '';
  return `Order ${shortId(orderId)}: ${inWords(status)}.${reason ? ` ${sentence(reason.message)}` : ''}${waiting}`;
};
