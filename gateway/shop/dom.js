/** @typedef {Record<string, string | number | boolean | undefined>} Attributes */

/**
 * Makes an element. Strings become text, never markup, whatever is in them.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] true: without a value; false and undefined: left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
};

/**
 * The element of the page with this id.
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
export const get = (id, kind) => {
  const element = document.getElementById(id);
  if (!element || (kind && !(element instanceof kind)))
    throw new Error(`the page has no ${kind?.name ?? 'element'} #${id}`);
  return /** @type {Kind} */ (element);
};

/**
 * Sets text only if it is another: a screen reader would read it out again.
 * @param {HTMLElement} element
 * @param {string} text
 */
export const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/**
 * Shows a sentence, or hides its place when there is none.
 * @param {HTMLElement} element
 * @param {string} text
 */
export const sayOrHide = (element, text) => {
  say(element, text);
  element.hidden = text === '';
};

/**
 * Makes `list` hold exactly an element for each item, in order, and keeps those that are there already: focus, choice and
 * transitions survive.
 * @template Item
 * @param {HTMLElement} list
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => HTMLElement} create
 * @param {(element: HTMLElement, item: Item) => void} update
 */
export const reconcile = (list, items, keyOf, create, update) => {
  const present = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const elements = items.map((item) => {
    const key = keyOf(item);
    const found = present.get(key);
    const element = found instanceof HTMLElement ? found : create(item);
    element.dataset.key = key;
    update(element, item);
    return element;
  });
  const wanted = new Set(/** @type {Element[]} */ (elements));
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  for (const [index, element] of elements.entries())
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
};
