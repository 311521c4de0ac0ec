import { get, make, reconcile, say } from './dom.js';
import { clock, inWords, money, shortId } from './words.js';

/** @import { OrderView } from '@quadrille/contracts/orders-http' */

const firstPage = 8;
const mostShown = 100;

/**
 * The user's orders, newest first.
 * @param {{ onChoose: (orderId: string) => void, onMore: () => void }} listener
 */
export const createOrders = ({ onChoose, onMore }) => {
  const list = get('orders');
  const more = get('more');
  let limit = firstPage;
  let chosen = '';

  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button?.value) onChoose(button.value);
  });
  more.addEventListener('click', () => {
    limit = Math.min(mostShown, limit * 3);
    onMore();
  });

  const mark = () => {
    for (const button of list.querySelectorAll('button'))
      button.setAttribute('aria-current', String(button.value === chosen));
  };

  return {
    limit: () => limit,
    reset: () => {
      limit = firstPage;
    },
    /** @param {string} orderId */
    choose: (orderId) => {
      chosen = orderId;
      mark();
    },
    /** @param {readonly OrderView[]} orders @param {boolean} hasMore */
    show: (orders, hasMore) => {
      get('no-orders').hidden = orders.length > 0;
      more.hidden = !hasMore || limit >= mostShown;
      reconcile(list, orders, ({ orderId }) => orderId, createEntry, updateEntry);
      mark();
    },
  };
};

/** @param {OrderView} order */
const createEntry = ({ orderId, productCount, productId, submittedAt, amount, discount }) =>
  make(
    'li',
    {},
    make(
      'button',
      { type: 'button', value: orderId },
      make('span', { class: 'what' }, `${productCount.toLocaleString('en')} × product ${productId}`),
      make('span', { class: 'chip' }),
      make('span', { class: 'when' }, `${shortId(orderId)}, ${clock(submittedAt)}`),
      make('span', { class: 'price' }, money(amount - discount)),
    ),
  );

/** @param {HTMLElement} entry @param {OrderView} order */
const updateEntry = (entry, { status, amount, discount }) => {
  const chip = entry.querySelector('.chip');
  const price = entry.querySelector('.price');
  if (chip instanceof HTMLElement) {
    say(chip, inWords(status));
    chip.dataset.status = status;
  }
  if (price instanceof HTMLElement) say(price, money(amount - discount));
};
