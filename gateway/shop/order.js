import { CallFailed, cancel } from './api.js';
import { get, make, reconcile, say, sayOrHide } from './dom.js';
import { follow } from './follow.js';
import { noSteps, reached, stepsOf } from './progress.js';
import { inWords, money, news, shortId } from './words.js';

/** @import { Order } from './api.js' */
/** @import { Step, StepState } from './progress.js' */

/**
 * The order that is watched: its way so far, and what can be done about it.
 * @param {{ onMoved: () => void }} listener
 */
export const createOrderPanel = ({ onMoved }) => {
  const parts = {
    title: get('order-title'),
    status: get('order-status'),
    what: get('order-what'),
    steps: get('steps'),
    actions: get('order-actions'),
    pay: get('pay', HTMLAnchorElement),
    cancel: get('cancel', HTMLButtonElement),
    trouble: get('order-trouble'),
    news: get('order-news'),
  };
  let stop = () => {};
  let far = 0;
  /** @type {Order | undefined} */
  let shown;

  const clear = () => {
    stop();
    shown = undefined;
    far = 0;
    parts.status.hidden = true;
    parts.actions.hidden = true;
    say(parts.title, 'Your order');
    say(parts.what, 'None yet. Place one: these are the steps it will take.');
    sayOrHide(parts.trouble, '');
    parts.steps.replaceChildren();
    showSteps(parts.steps, noSteps());
  };

  /** @param {Order} order */
  const show = (order) => {
    far = reached(order, far);
    shown = order;
    const { orderId, status, productCount, productId, amount, discount, couponId, links } = order;
    say(parts.title, `Order ${shortId(orderId)}`);
    say(parts.status, inWords(status));
    parts.status.dataset.status = status;
    parts.status.hidden = false;
    const coupon = couponId === 0 ? '' : `, coupon ${couponId}`;
    say(parts.what, `${productCount.toLocaleString('en')} × product ${productId} for ${money(amount)}${coupon}`);
    showSteps(parts.steps, stepsOf(order, far));
    parts.pay.hidden = links.payment === undefined;
    if (links.payment !== undefined) {
      parts.pay.href = paymentHref(links.payment, location);
      say(parts.pay, `Pay ${money(order.payment?.amount ?? amount - discount)}`);
    }
    parts.cancel.hidden = links.cancel === undefined;
    parts.actions.hidden = parts.pay.hidden && parts.cancel.hidden;
    say(parts.news, news(order));
  };

  parts.cancel.addEventListener('click', async () => {
    if (!shown?.links.cancel) return;
    parts.cancel.disabled = true;
    try {
      const answer = await cancel(shown.links.cancel);
      if (answer.orderId === shown?.orderId && answer.version >= shown.version) show(answer);
      onMoved();
      parts.title.focus();
    } catch (error) {
      sayOrHide(parts.trouble, error instanceof CallFailed ? error.message : 'The order could not be cancelled.');
    } finally {
      parts.cancel.disabled = false;
    }
  });

  clear();
  return {
    clear,
    focus: () => parts.title.focus(),
    /** @param {string} orderId @param {Order} [known] what is known of it before the first answer */
    watch: (orderId, known) => {
      if (shown?.orderId === orderId) return;
      clear();
      if (known) show(known);
      else say(parts.what, 'Looking it up …');
      stop = follow(orderId, {
        onOrder: (order) => {
          show(order);
          onMoved();
        },
        onTrouble: (message) => {
          if (!shown && message !== '') say(parts.what, '');
          sayOrHide(parts.trouble, message);
        },
      });
    },
  };
};

/**
 * Where to pay. The link names the shop as the world knows it; who has come by another name of this machine stays with that.
 * @param {string} link
 * @param {Pick<Location, 'href' | 'protocol' | 'port'>} here
 */
export const paymentHref = (link, here) => {
  const there = new URL(link, here.href);
  const isThisShop = there.protocol === here.protocol && there.port === here.port;
  return isThisShop ? `${there.pathname}${there.search}` : there.href;
};

/** @type {Record<StepState, string>} */
const spoken = {
  done: 'done',
  now: 'under way',
  ahead: 'to come',
  refused: 'here it ended',
  undoing: 'to be taken back',
  undone: 'taken back',
  over: 'the end',
};

/** @param {HTMLElement} list @param {readonly Step[]} steps */
const showSteps = (list, steps) =>
  reconcile(
    list,
    steps,
    ({ key }) => key,
    () =>
      make(
        'li',
        {},
        make('span', { class: 'title' }),
        make('span', { class: 'by' }),
        make('span', { class: 'unseen' }),
        make('span', { class: 'note' }),
      ),
    (element, { title, by, state, note }) => {
      element.dataset.state = state;
      element.toggleAttribute('aria-current', false);
      if (state === 'now') element.setAttribute('aria-current', 'step');
      const texts = [title, by, `, ${spoken[state]}. `, note];
      for (const [index, text] of texts.entries()) {
        const part = element.children[index];
        if (part instanceof HTMLElement) say(part, text);
      }
    },
  );
