// Follows a page: the server sends what stands in `main` each time it changes, and only what differs is touched, so that
// focus, selection and what somebody types stay. Without this script every page works, and is loaded again to see more.

const main = document.getElementById('main');
const pulse = document.querySelector('.pulse[data-live]');

/** @typedef {{ createHTML: (text: string) => string }} Policy */
/** Not every browser has them. @type {{ trustedTypes?: { createPolicy: (name: string, policy: Policy) => Policy } }} */
const { trustedTypes } = /** @type {object} */ (window);

/** The server has escaped whatever is not its own. @type {Policy} */
const asItIs = { createHTML: (text) => text };
const policy = trustedTypes?.createPolicy('quadrille', asItIs) ?? asItIs;

/** What every form of this page must carry. It is not in what the server sends to all who follow. */
const token = document.querySelector('.who input[name="token"]')?.getAttribute('value') ?? '';

/** @param {string} text */
const parse = (text) => {
  const holder = document.createElement('template');
  holder.innerHTML = policy.createHTML(text);
  for (const input of holder.content.querySelectorAll('input[name="token"]')) input.setAttribute('value', token);
  return holder.content;
};

/** Makes the children of one element those of another. Elements with an id are known by it, wherever they stand. */
const morph = (/** @type {Node} */ old, /** @type {Node} */ fresh) => {
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const id = wanted instanceof Element ? wanted.id : '';
    const known = id && old instanceof Element ? old.querySelector(`:scope > #${CSS.escape(id)}`) : null;
    const there = known && isAlike(known, wanted) ? known : at && isAlike(at, wanted) ? at : null;
    if (!there) {
      old.insertBefore(wanted, at);
      if (wanted instanceof Element && isMarked) mark(wanted);
      continue;
    }
    if (there === at) at = at.nextSibling;
    else old.insertBefore(there, at);
    update(there, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
};

/** New rows are marked for a moment, but not when the page is seen for the first time. */
let isMarked = false;

const mark = (/** @type {Element} */ element) => {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  element.animate([{ backgroundColor: 'var(--tint)' }, { backgroundColor: 'transparent' }], {
    duration: 1_600,
    easing: 'ease-out',
  });
};

const isAlike = (/** @type {Node} */ one, /** @type {Node} */ other) =>
  one.nodeName === other.nodeName && (!(one instanceof Element) || !(other instanceof Element) || one.id === other.id);

const update = (/** @type {Node} */ there, /** @type {Node} */ wanted) => {
  if (!(there instanceof Element) || !(wanted instanceof Element)) {
    if (there.nodeValue !== wanted.nodeValue) there.nodeValue = wanted.nodeValue;
    return;
  }
  // Forms keep what is typed into them, as long as they are about the same.
  const keep = there.getAttribute('data-keep');
  if (keep !== null && keep === wanted.getAttribute('data-keep')) return;
  for (const { name } of [...there.attributes])
    if (!wanted.hasAttribute(name) && !isOurs(there, name)) there.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (there.getAttribute(name) !== value && !isOurs(there, name)) there.setAttribute(name, value);
  if (there.classList.contains('ago')) return;
  morph(there, wanted);
};

/** What is open is the reader's business. */
const isOurs = (/** @type {Element} */ element, /** @type {string} */ name) =>
  name === 'open' && element instanceof HTMLDetailsElement;

const units = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

const countOn = () => {
  for (const place of document.querySelectorAll('.ago[data-since]')) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(place.getAttribute('data-since') ?? '')) / 1_000));
    const [size, name] = units.find(([each]) => seconds >= Number(each)) ?? [1, 's'];
    const text = `(${Math.floor(seconds / Number(size))} ${name})`;
    if (place.textContent !== text) place.textContent = text;
  }
};

/** @type {EventSource | null} */
let stream = null;
let isPaused = false;

const say = (/** @type {string} */ state, /** @type {string} */ text) => {
  if (!pulse) return;
  pulse.setAttribute('data-state', state);
  const words = pulse.querySelector('span');
  if (words && words.textContent !== text) words.textContent = text;
};

const follow = () => {
  if (stream || isPaused || !main || document.hidden) return;
  stream = new EventSource(location.pathname + location.search);
  stream.addEventListener('main', ({ data }) => {
    morph(main, parse(JSON.parse(data)));
    isMarked = true;
    countOn();
    say('live', 'Live');
  });
  stream.addEventListener('trouble', () => say('trouble', 'A database is away; this is the last that was known'));
  stream.addEventListener('ended', () => location.reload());
  stream.onerror = () => {
    say('trouble', 'The console is away; trying again');
    // A refusal is final for an EventSource: the session may have ended.
    if (stream?.readyState === EventSource.CLOSED) {
      leave();
      setTimeout(
        () =>
          fetch(location.href, { method: 'HEAD' }).then(
            ({ redirected }) => (redirected ? location.reload() : follow()),
            follow,
          ),
        3_000,
      );
    }
  };
};

const leave = () => {
  stream?.close();
  stream = null;
};

if (pulse && main) {
  const words = document.createElement('span');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain';
  button.textContent = 'Pause';
  button.addEventListener('click', () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? 'Go on' : 'Pause';
    if (isPaused) {
      leave();
      say('paused', 'Paused');
    } else follow();
  });
  pulse.append(words, button);
  say('', 'Connecting');
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : follow()));
  addEventListener('pagehide', leave);
  follow();
}
countOn();
setInterval(countOn, 1_000);
