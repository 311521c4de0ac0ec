import { CallFailed, logOut, readCoupons, readOrders, readProducts, readSession, submit } from './api.js';
import { createCoupons } from './coupons.js';
import { get, make, say, sayOrHide } from './dom.js';
import { createGoods } from './goods.js';
import { createOrderPanel } from './order.js';
import { createOrders } from './orders.js';
import { money } from './words.js';

/** @import { SubmitOrder } from '@quadrille/contracts/orders-http' */

const lookEvery = 3_000;
/** Two submissions of the same within this time are one: a double click, not a second wish. */
const doubleClick = 1_500;
const storedUser = 'quadrille.user';

const buy = get('buy', HTMLFormElement);
const count = get('count', HTMLInputElement);
const user = get('user', HTMLInputElement);

const goods = createGoods();
const coupons = createCoupons();
const panel = createOrderPanel({ onMoved: () => look() });
const orders = createOrders({
  onChoose: (orderId) => {
    open(orderId);
    panel.focus();
  },
  onMore: () => look(),
});

const userId = () => Number(user.value);

// Looking: products, coupons and orders as they are now.

/**
 * Makes a function that reads something and shows it. Asked while it still reads, it reads once more afterwards.
 * @template Found
 * @param {string} trouble id of the place for what went wrong
 * @param {() => Promise<Found>} read
 * @param {(found: Found) => void} show
 */
const looker = (trouble, read, show) => {
  let looking = false;
  let again = false;
  return async () => {
    again = looking;
    if (looking) return;
    looking = true;
    do {
      again = false;
      try {
        const me = userId();
        const found = await read();
        if (me === userId()) show(found);
        sayOrHide(get('trouble'), '');
        sayOrHide(get(trouble), '');
      } catch (error) {
        // What was seen before stays: it is the best that is known.
        const message = error instanceof CallFailed ? `${error.message} Trying again.` : String(error);
        const isTheWholeShop = error instanceof CallFailed && error.status === 0;
        sayOrHide(get(isTheWholeShop ? 'trouble' : trouble), message);
      }
      addUp();
    } while (again);
    looking = false;
  };
};

// Each by itself: a service that is slow to answer holds up no other.
const lookers = [
  looker('goods-trouble', readProducts, ({ products, next }) => goods.show(products, next !== null)),
  looker(
    'coupons-trouble',
    () => readCoupons(userId()),
    (found) => coupons.show(found.coupons, found.next !== null),
  ),
  looker(
    'orders-trouble',
    () => readOrders(userId(), orders.limit()),
    (found) => orders.show(found.orders, found.next !== null),
  ),
];

const look = () => {
  for (const lookNow of lookers) void lookNow();
};

const lookWhileVisible = () => {
  if (document.visibilityState === 'visible') look();
};

// Choosing: what it will cost.

const addUp = () => {
  const product = goods.chosen();
  const coupon = coupons.chosen();
  const pieces = Number(count.value);
  if (!product || !Number.isSafeInteger(pieces) || pieces < 1) {
    get('sums').replaceChildren();
    say(get('hint'), '');
    return;
  }
  const amount = product.price * pieces;
  const discount = coupon?.status === 'free' ? Math.min(coupon.amount, amount) : 0;
  const lines = [
    [`${pieces.toLocaleString('en')} × ${money(product.price)}`, money(amount)],
    ...(discount > 0 ? [['Coupon', `−${money(discount)}`]] : []),
    ['To pay', money(amount - discount)],
  ];
  get('sums').replaceChildren(
    ...lines.map(([name = '', sum = '']) => make('div', {}, make('dt', {}, name), make('dd', {}, sum))),
  );
  say(get('hint'), warn(product.available < pieces, coupon));
};

/** @param {boolean} isTooMany @param {ReturnType<typeof coupons.chosen>} coupon */
const warn = (isTooMany, coupon) => {
  if (isTooMany) return 'That is more than there is. Order all the same, and see it being rejected.';
  if (coupon && coupon.status !== 'free')
    return `This coupon is ${coupon.status}. Order all the same, and see the goods come back.`;
  return '';
};

// Ordering.

/** @type {{ body: string, key: string, answeredAt?: number } | undefined} */
let attempt;

/**
 * The name of this submission: the same as before for a double click, or when the answer did not come.
 * @param {SubmitOrder} order
 */
const attemptOf = (order) => {
  const body = JSON.stringify(order);
  const isSame = attempt?.body === body && Date.now() - (attempt.answeredAt ?? Date.now()) < doubleClick;
  if (!attempt || !isSame) attempt = { body, key: newKey() };
  return attempt;
};

/** Not `crypto.randomUUID`: browsers have that only under https and on localhost. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const place = async () => {
  const product = goods.chosen();
  if (!product) return;
  const pieces = Number(count.value);
  const order = {
    userId: userId(),
    productId: product.productId,
    amount: product.price * pieces,
    productCount: pieces,
    couponId: coupons.chosen()?.couponId ?? 0,
  };
  const mine = attemptOf(order);
  buy.setAttribute('aria-busy', 'true');
  try {
    const { orderId, links } = await submit(order, mine.key);
    mine.answeredAt = Date.now();
    sayOrHide(get('buy-trouble'), '');
    open(orderId, { ...order, ...justSubmitted, orderId, links, submittedAt: new Date().toISOString(), updatedAt: '' });
    panel.focus();
  } catch (error) {
    if (error instanceof CallFailed && !error.mayRepeat) mine.answeredAt = 0;
    sayOrHide(get('buy-trouble'), error instanceof CallFailed ? error.message : 'The order could not be placed.');
  } finally {
    buy.removeAttribute('aria-busy');
  }
};

const justSubmitted = {
  discount: 0,
  status: /** @type {const} */ ('submitted'),
  final: false,
  version: 0,
  reason: null,
  pendingCompensations: [],
  owed: [],
  awaitedSteps: [],
  payment: null,
  placedAt: null,
  finishedAt: null,
};

// The order that is watched stands in the address: it is there again after paying, reloading, or by a link.

const openPrefix = '#order=';

/** @param {string} orderId @param {import('./api.js').Order} [known] */
const open = (orderId, known) => {
  history.replaceState(null, '', openPrefix + orderId);
  orders.choose(orderId);
  panel.watch(orderId, known);
};

const openFromAddress = () => {
  const [, orderId] = /^#order=([0-9a-f-]{36})$/.exec(location.hash) ?? [];
  if (orderId) open(orderId);
};

// Beginning.

user.value = localStorage.getItem(storedUser) ?? '1';
if (!user.checkValidity()) user.value = '1';
user.addEventListener('change', () => {
  if (!user.reportValidity()) return;
  localStorage.setItem(storedUser, user.value);
  history.replaceState(null, '', location.pathname);
  panel.clear();
  orders.choose('');
  orders.reset();
  look();
});
get('who').addEventListener('submit', (event) => event.preventDefault());
buy.addEventListener('input', addUp);
buy.addEventListener('submit', (event) => {
  event.preventDefault();
  if (user.reportValidity()) void place();
});
addEventListener('hashchange', openFromAddress);
document.addEventListener('visibilitychange', lookWhileVisible);
setInterval(lookWhileVisible, lookEvery);

/** Who has logged in is known; where nobody has to, people say which user they are. */
const beginAs = async () => {
  const session = await readSession().catch(() => undefined);
  if (session?.login === 'needed' && session.page !== null) {
    location.assign(`${session.page}?to=${encodeURIComponent(location.pathname + location.hash)}`);
    return;
  }
  if (session?.login === 'done' && session.userId !== null) {
    user.value = String(session.userId);
    user.readOnly = true;
    get('logout').hidden = false;
  }
  openFromAddress();
  look();
};

get('logout').addEventListener('click', async () => {
  await logOut();
  location.reload();
});
for (const element of document.querySelectorAll('.needs-script')) element.removeAttribute('hidden');
void beginAs();
