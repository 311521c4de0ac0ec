import { get, make, reconcile, say } from './dom.js';
import { money } from './words.js';

/** @import { ProductView } from '@quadrille/contracts/shop-http' */

/** The goods to choose from, with what is left of them. */
export const createGoods = () => {
  const list = get('goods');
  /** @type {readonly ProductView[]} */
  let products = [];

  return {
    /** @param {readonly ProductView[]} found @param {boolean} hasMore */
    show: (found, hasMore) => {
      get('goods-more').hidden = !hasMore;
      products = found;
      reconcile(list, products, ({ productId }) => `product-${productId}`, createCard, updateCard);
      if (products.length === 0) list.append(make('p', { class: 'quiet' }, 'There is nothing on the shelves.'));
      if (!list.querySelector('input:checked')) list.querySelector('input')?.click();
    },
    /** The chosen product. */
    chosen: () => {
      const input = list.querySelector('input:checked');
      return products.find(({ productId }) => input instanceof HTMLInputElement && String(productId) === input.value);
    },
  };
};

const shares = /** @type {const} */ (['available', 'reserved', 'sold']);

/** @param {ProductView} product */
const createCard = ({ productId }) =>
  make(
    'label',
    { class: 'choice' },
    make('input', { type: 'radio', name: 'product', value: productId }),
    make('span', { class: 'name' }, `Product ${productId}`),
    make('span', { class: 'price' }),
    make('span', { class: 'bar', 'aria-hidden': 'true' }, ...shares.map((share) => make('span', { class: share }))),
    make('span', { class: 'stock' }, ...shares.map((share) => make('span', { class: share }))),
  );

const labels = { available: 'in stock', reserved: 'set aside', sold: 'sold' };

/** @param {HTMLElement} card @param {ProductView} product */
const updateCard = (card, product) => {
  for (const price of card.querySelectorAll('.price')) say(/** @type {HTMLElement} */ (price), money(product.price));
  for (const share of shares) {
    const [bar, text] = card.querySelectorAll(`.${share}`);
    const count = product[share];
    // By script, not by a style attribute: the page's policy allows no inline style.
    if (bar instanceof HTMLElement) {
      bar.style.flexGrow = String(count);
      // Little is not nothing.
      bar.style.minWidth = count > 0 ? '4px' : '0';
    }
    if (text instanceof HTMLElement) flashIfNew(text, `${count.toLocaleString('en')} ${labels[share]}`);
  }
};

/** @param {HTMLElement} element @param {string} text */
const flashIfNew = (element, text) => {
  if (element.textContent === text) return;
  const isFirst = element.textContent === '';
  element.textContent = text;
  if (isFirst || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  element.classList.remove('moved');
  // Reading the size makes the browser notice that the class was gone, so that the animation begins anew.
  void element.offsetWidth;
  element.classList.add('moved');
};
