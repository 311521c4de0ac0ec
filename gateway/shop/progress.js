import { clock, clockMinutes, listed, money, sentence, took } from './words.js';

/** @import { OrderStatus, OrderView } from '@quadrille/contracts/orders-http' */

/**
 * One line of an order's way.
 * `done`; `now`: under way; `ahead`: to come; `refused`: here it turned back; `undoing`: done, to be taken back; `undone`: taken back;
 * `over`: the end of an order that will not be.
 * @typedef {'done' | 'now' | 'ahead' | 'refused' | 'undoing' | 'undone' | 'over'} StepState
 * @typedef {{ key: string, title: string, by: string, state: StepState, note: string }} Step
 */

const way = /** @type {const} */ (['submitted', 'stock-reserved', 'coupon-applied', 'awaiting-payment', 'paid']);
const keys = /** @type {const} */ (['submitted', 'stock', 'coupon', 'payment', 'paid']);
const titles = ['Submitted', 'Goods set aside', 'Coupon applied', 'Payment asked for', 'Paid'];
const services = ['order', 'stock', 'coupon', 'pay', 'pay'];
const givenBack = ['', 'Goods given back', 'Coupon given back', 'Payment voided', 'Money given back'];
const paid = 4;

/** The way of an order that is not there yet. @returns {Step[]} */
export const noSteps = () => keys.map((_, index) => step(index, 'ahead', ''));

/**
 * How far on its way an order has come, as an index into it. A cancelled order does not say, so what the page has seen helps.
 * @param {OrderView} order
 * @param {number} seen how far it had come when looked at before
 */
export const reached = (order, seen) => {
  const index = way.indexOf(/** @type {typeof way[number]} */ (order.status));
  if (index >= 0) return index;
  if (isRefusedWhenPaid(order)) return paid;
  if (order.placedAt) return Math.max(seen, 3);
  /** @type {Readonly<Record<string, number>>} */
  const known = { order: order.discount > 0 ? 2 : 0, stock: 0, coupon: 1, pay: 3 };
  return Math.max(seen, known[order.reason?.step ?? 'order'] ?? 0);
};

/** Whether a service that has joined the saga said no to an order that was paid. @param {OrderView} order */
const isRefusedWhenPaid = ({ reason, awaitedSteps }) =>
  awaitedSteps.some(({ by, after }) => by === reason?.step && after === 'payment-succeeded');

/**
 * An order's way as people read it.
 * @param {OrderView} order
 * @param {number} far how far it has come: see `reached`
 * @returns {Step[]}
 */
export const stepsOf = (order, far) =>
  order.status === 'cancelling' || order.status === 'cancelled' ? backwards(order, far) : forwards(order, far);

/** @param {number} index @param {StepState} state @param {string} note @returns {Step} */
const step = (index, state, note) => ({
  key: keys[index] ?? '',
  title: (state === 'undone' ? givenBack[index] : titles[index]) ?? '',
  by: services[index] ?? '',
  state,
  note,
});

/** @param {OrderView} order @param {number} far @returns {Step[]} */
const forwards = (order, far) => [
  ...keys.map((_, index) => {
    const state = index <= far ? 'done' : index === far + 1 ? 'now' : 'ahead';
    return withCoupon(
      order,
      step(index, state, index <= far ? noteOf(order, index) : state === 'now' ? waitOf(order, index) : ''),
    );
  }),
  ...order.awaitedSteps.map((joined) => joinedStep(joined, joined.happened ? 'done' : far < paid ? 'ahead' : 'now')),
];

/**
 * A step of a service that has joined the saga, of which this page knows no more than its names.
 * @param {OrderView['awaitedSteps'][number]} step
 * @param {StepState} state
 * @returns {Step}
 */
const joinedStep = ({ type, by }, state) => ({
  key: type,
  title: sentence(type.replaceAll('-', ' ')).slice(0, -1),
  by,
  state,
  note: state === 'undoing' ? 'to be taken back' : state === 'undone' ? 'taken back' : '',
});

/** @param {OrderView} order @param {Step} made @returns {Step} */
const withCoupon = (order, made) =>
  made.key === 'coupon' && order.couponId === 0 && made.state === 'done'
    ? { ...made, title: 'No coupon to apply' }
    : made;

/** @param {OrderView} order @param {number} index */
const noteOf = (order, index) => {
  switch (keys[index]) {
    case 'submitted':
      return clock(order.submittedAt);
    case 'stock':
      return `${order.productCount} × product ${order.productId}`;
    case 'coupon':
      return order.couponId === 0 ? '' : `${money(order.discount)} off`;
    case 'payment':
      return order.placedAt
        ? `${money(order.payment?.amount ?? order.amount - order.discount)}, ${took(order.submittedAt, order.placedAt)} after it was submitted`
        : '';
    case 'paid':
      return order.finishedAt ? clock(order.finishedAt) : '';
    default:
      return '';
  }
};

/** @param {OrderView} order @param {number} index */
const waitOf = (order, index) =>
  keys[index] === 'paid' && order.payment ? `Waiting for you, until ${clockMinutes(order.payment.expiresAt)}` : '';

/** @param {OrderView} order @param {number} far @returns {Step[]} */
const backwards = (order, far) => {
  const by = order.reason?.step ?? 'order';
  const done = keys.slice(0, far + 1).flatMap((key, index) => {
    if (key === 'coupon' && order.couponId === 0) return [];
    if (index === 0) return [step(0, 'done', noteOf(order, 0))];
    // A payment that failed has ended; there is nothing about it to take back.
    if (key === 'payment' && (by === 'pay' || far >= paid)) return [step(index, 'done', noteOf(order, index))];
    const owes = isPending(order, services[index]);
    return [step(index, owes ? 'undoing' : 'undone', owes ? 'to be taken back' : '')];
  });
  const joined = order.awaitedSteps
    .filter(({ happened }) => happened)
    .map((step) => joinedStep(step, isPending(order, step.by) ? 'undoing' : 'undone'));
  const message = sentence(order.reason?.message ?? '');
  const title = by === 'order' ? 'Turned back' : by === 'pay' ? 'Not paid' : `Refused by ${by}`;
  return [...done, ...joined, { key: 'refused', title, by, state: 'refused', note: message }, end(order)];
};

/** @param {OrderView} order @param {string | undefined} service */
const isPending = ({ pendingCompensations }, service) => pendingCompensations.some((pending) => pending === service);

/** @param {OrderView} order @returns {Step} */
const end = (order) => {
  if (order.status === 'cancelled')
    return {
      key: 'end',
      title: 'Cancelled',
      by: 'order',
      state: 'over',
      note: order.finishedAt ? clock(order.finishedAt) : '',
    };
  const note =
    order.pendingCompensations.length > 0 ? `Waiting for ${listed(order.pendingCompensations)} to answer` : '';
  return { key: 'end', title: 'Cancelling', by: 'order', state: 'now', note };
};
