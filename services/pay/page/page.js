// The page works without this. With it the time left runs, and the page moves on by itself.

const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** 29:41 @param {number} ms */
const inWords = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
};

/** When the time is up, on the clock of performance.now(): that of this machine may be wrong, but it runs. */
let end = Number.POSITIVE_INFINITY;

const runClock = () => {
  const time = document.querySelector('time[data-remaining]');
  if (!(time instanceof HTMLElement)) return;
  end = performance.now() + Number(time.dataset.remaining);
  const tick = () => {
    if (!time.isConnected) return;
    time.textContent = inWords(end - performance.now());
    setTimeout(tick, 250);
  };
  tick();
};

/** Fetches the page anew and, if the payment has moved on, shows it. @param {HTMLElement} main */
const look = async (main) => {
  const response = await fetch(location.href, { cache: 'no-store' });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  const next = fresh.querySelector('main');
  const view = document.getElementById('view');
  const nextView = fresh.getElementById('view');
  if (!next || !view || !nextView || next.dataset.stage === main.dataset.stage) return;
  const hadFocus = view.contains(document.activeElement);
  Object.assign(main.dataset, next.dataset);
  view.replaceChildren(...nextView.childNodes);
  document.title = fresh.title;
  const news = document.getElementById('news');
  if (news)
    news.textContent = [...view.querySelectorAll('.head :is(h1, p)')].map((line) => line.textContent).join('. ');
  if (hadFocus) view.querySelector('h1')?.focus();
  runClock();
};

/** Someone who has yet to press a button is in no hurry, until the time is up. @param {HTMLElement} main */
const nextLook = ({ dataset }) =>
  dataset.stage === 'open' ? Math.max(1000, Math.min(5000, end - performance.now())) : 1000;

const follow = async (/** @type {HTMLElement} */ main) => {
  while (main.dataset.moving === 'true') {
    await wait(nextLook(main));
    if (!document.hidden) await look(main).catch(() => {});
  }
};

const main = document.querySelector('main');
if (main) {
  runClock();
  void follow(main);
}
