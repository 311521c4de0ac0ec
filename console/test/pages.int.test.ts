import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { project } from '../projection/batch.ts';
import { live } from '../projection/tables.ts';
import { as, consoleWith, loginAccess } from './app.ts';
import { kinds, recordOf, type Timeline, tell } from './scenarios.ts';
import { scratchReadModel } from './scratch.ts';

const access = await loginAccess();
const operator = as(access, 'operator');
const reader = as(access, 'reader');
const noon = Date.parse('2026-05-04T12:00:00.000Z');
const minute = 60_000;

let pool: Pool;
let drop: () => Promise<void>;
let console: Awaited<ReturnType<typeof consoleWith>>;
/** The oldest first, a minute apart; users 1 to 3 and products 1 to 2 in turn. */
const stories: Timeline[] = Array.from({ length: 130 }, (_, n) =>
  tell(randomFrom(n), kinds[n % kinds.length] ?? 'paid', noon + n * minute, {
    userId: 1 + (n % 3),
    productId: 1 + (n % 2),
  }),
);

beforeAll(async () => {
  ({ pool, drop } = await scratchReadModel());
  console = await consoleWith(access, { pool });
  await project(
    pool,
    live,
    stories.flatMap(({ events }) => events.map((event) => recordOf(event))),
  );
});
afterAll(() => drop());

type Listed = {
  orders: { orderId: string; userId: number | null; amount: number | null; status: string }[];
  next: string | null;
};
const list = async (query: string, headers = operator) =>
  (await (await console.app.request(`/api/v1/orders${query}`, { headers })).json()) as Listed;
const text = async (path: string, headers = operator) => (await console.app.request(path, { headers })).text();
const idsOf = ({ orders }: Listed) => orders.map(({ orderId }) => orderId);
const expected = (fits: (n: number) => boolean) =>
  stories.flatMap(({ orderId }, n) => (fits(n) ? [orderId] : [])).reverse();
const kindOf = (n: number) => kinds[n % kinds.length];

describe('the list of orders', () => {
  it('goes through all of them, page by page, the newest first', async () => {
    const first = await list('');
    const second = await list(`?before=${first.next}`);
    expect([first.orders.length, second.orders.length, second.next]).toEqual([100, 30, null]);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(expected(() => true));
  });

  it.each([
    ['?status=paid', (n: number) => kindOf(n) === 'paid'],
    ['?user=2', (n: number) => n % 3 === 1],
    ['?product=2', (n: number) => n % 2 === 1],
    ['?reason=coupon-used', (n: number) => kindOf(n) === 'coupon refused'],
    [
      '?user=1&status=cancelled&reason=cancelled-by-user',
      (n: number) =>
        n % 3 === 0 && kindOf(n)?.startsWith('cancelled') === true && kindOf(n) !== 'cancelled, stock away',
    ],
    ['?from=2026-05-04T12:10Z&to=2026-05-04T12:20Z', (n: number) => n >= 10 && n < 20],
    ['?from=2026-05-04T12:10Z&status=paid&product=1', (n: number) => n >= 10 && kindOf(n) === 'paid' && n % 2 === 0],
    [`?id=${stories[7]?.orderId}`, (n: number) => n === 7],
    [`?id=${stories[7]?.orderId.slice(0, 13)}`, (n: number) => n === 7],
    ['?user=99', () => false],
  ])('%s finds what fits, and nothing else', async (query, fits) => {
    expect(idsOf(await list(query))).toEqual(expected(fits));
  });

  it('is the same on the page, with what they wait for', async () => {
    const page = await text('/orders?status=stock-reserved');
    const shown = [...page.matchAll(/id="o-([\w-]+)"/g)].map(([, id]) => id);
    expect(shown).toEqual(expected((n) => kindOf(n) === 'reserved'));
    expect(page).toMatch(/<b>10<\/b> wait for coupon/);
    expect(page).toMatch(/<span class="waits">coupon<\/span> since/);
  });

  it('says what is wrong with a filter, on the page as well', async () => {
    const response = await console.app.request('/orders?colour=red&status=lost', { headers: operator });
    const page = await response.text();
    expect(response.status).toBe(400);
    expect(page).toContain('<b>colour</b> is no filter');
    expect(page).toContain('<b>status</b> must be one of');
    expect(page).not.toContain('id="o-');
  });
});

describe('an order', () => {
  const refused = () => stories.find((_, n) => kindOf(n) === 'coupon refused') as Timeline;

  it('shows its events and compensations, also while the services’ databases are away', async () => {
    const page = await text(`/orders/${refused().orderId}`);
    expect(page).toContain('coupon 1 is used');
    expect(page).toContain('The services cannot be asked now');
    for (const { id } of refused().events) expect(page).toContain(`id="e-${id}"`);
    expect([...page.matchAll(/class="tag undo"/g)]).toHaveLength(2);
  });

  it('hides from a reader whose it is and what it cost, in pages and in JSON', async () => {
    const { orderId } = stories[1] as Timeline;
    const canary = tell(randomFrom(999), 'placed', noon - minute, { userId: 987_654_321 });
    await project(
      pool,
      live,
      canary.events.map((event) => recordOf(event)),
    );
    for (const path of [
      `/orders/${canary.orderId}`,
      `/orders?id=${canary.orderId}`,
      `/api/v1/orders/${canary.orderId}`,
      `/api/v1/orders?id=${canary.orderId}`,
    ]) {
      expect(await text(path, operator)).toContain('987654321');
      const seen = await text(path, reader);
      expect(seen).toContain(canary.orderId);
      expect(seen).not.toMatch(/987654321|11\.00|"amount":1100/);
    }
    expect(await text(`/orders/${orderId}`, reader)).not.toContain('Cancel this order');
    expect(await text(`/orders/${orderId}`, reader)).not.toContain('/replay');
  });

  it('that is not known, or is no order id, is answered with a sentence', async () => {
    const ask = async (id: string) => {
      const response = await console.app.request(`/orders/${id}`, { headers: operator });
      return [response.status, await response.text()] as const;
    };
    expect(await ask(randomUUID())).toEqual([404, expect.stringContaining('No event of an order')]);
    expect(await ask('%3Cscript%3E')).toEqual([400, expect.stringContaining('&lt;script&gt;&quot; is no order id')]);
  });

  it('shows script in a payload, and does not run it', async () => {
    const story = tell(randomFrom(77), 'out of stock', noon - 2 * minute);
    const evil = story.events.map((event) =>
      event.type === 'stock-rejected'
        ? { ...event, data: { reason: { code: 'evil', message: '</pre><script>alert(1)</script>', step: 'stock' } } }
        : event,
    );
    await project(
      pool,
      live,
      evil.map((event) => recordOf(event)),
    );
    const page = await text(`/orders/${story.orderId}`);
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('what is no event of ours', () => {
  it('is listed with what is wrong, and its bytes as text', async () => {
    const [event] = (stories[0] as Timeline).events;
    if (!event) throw new Error('no event');
    const record = { ...recordOf(event, 77), headers: {}, value: Buffer.from('<img src=x onerror=alert(1)>') };
    await project(pool, live, [record]);
    const page = await text('/unrecognized');
    expect(page).toContain('header ce_specversion is missing');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(await text('/unrecognized', reader)).not.toContain('onerror');
  });

  it('is gone through page by page, on the page and by the API: each once', async () => {
    const [event] = (stories[0] as Timeline).events;
    if (!event) throw new Error('no event');
    const records = Array.from({ length: 120 }, (_, n) => ({ ...recordOf(event, 1_000 + n), headers: {} }));
    await project(pool, live, records);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const answer = await console.app.request(`/api/v1/unrecognized?before=${encodeURIComponent(next)}`, {
        headers: reader,
      });
      const page = (await answer.json()) as { unrecognized: { offset: string }[]; next: string | null };
      seen.push(...page.unrecognized.map(({ offset }) => String(offset)));
      expect((await text(`/unrecognized?before=${encodeURIComponent(next)}`)).includes('Older »')).toBe(
        page.next !== null,
      );
      next = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(records.map(({ offset }) => String(offset))));
    expect((await console.app.request('/api/v1/unrecognized?before=x', { headers: reader })).status).toBe(400);
  });
});

describe('rates', () => {
  it('count what happened, when it happened', async () => {
    const recent = [1, 2, 3].map((n) => tell(randomFrom(5_000 + n), 'placed', Date.now() - 3 * minute));
    await project(
      pool,
      live,
      recent.flatMap(({ events }) => events.map((event) => recordOf(event))),
    );
    const { slots } = (await (await console.app.request('/api/v1/rates', { headers: reader })).json()) as {
      slots: { submitted: number; placed: number; took: { placed: { p50: number | null } } }[];
    };
    const sum = (name: 'submitted' | 'placed') => slots.reduce((all, slot) => all + slot[name], 0);
    expect([slots.length, sum('submitted'), sum('placed')]).toEqual([60, 3, 3]);
    expect(slots.some(({ took }) => took.placed.p50 !== null)).toBe(true);
    expect(await text('/rates', reader)).toContain('Orders per minute');
  });

  it('of an unknown range are refused', async () => {
    expect((await console.app.request('/api/v1/rates?range=2h', { headers: reader })).status).toBe(400);
  });
});

describe('a page that is followed', () => {
  it('is told anew when something happens, and no more once the session is over', async () => {
    const headers = as(access, 'reader');
    const response = await console.app.request('/orders', { headers: { ...headers, accept: 'text/event-stream' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const stream = (response.body as ReadableStream<Uint8Array>).getReader();
    let received = '';
    const receive = async (wanted: string) => {
      while (!received.includes(wanted)) received += Buffer.from((await stream.read()).value ?? []).toString();
      received = '';
    };
    await receive(String(stories.at(-1)?.orderId));
    const { orderId, events } = tell(randomFrom(6_000), 'submitted', Date.now());
    const { orderIds } = await project(
      pool,
      live,
      events.map((event) => recordOf(event)),
    );
    console.live.notify(orderIds);
    await receive(orderId);
    const session = access.sessions.read(headers.cookie, Date.now());
    if (session) access.sessions.end(session);
    console.live.notify(orderIds);
    await receive('event: ended');
  });
});
