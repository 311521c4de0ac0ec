import type { Pool } from '@quadrille/db/connect';
import { readStrays } from '../read/strays.ts';
import { html } from '../web/html.ts';
import { bytesFor } from '../web/payload.ts';
import { Refusal } from '../web/refusal.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { time } from '../web/words.ts';
import { number, tableOf } from './parts.ts';

export const straysPage = (pool: Pool, { readModel }: Pick<Sources, 'readModel'>, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/strays',
  needs: 'reader',
  handle: (c, visit) => {
    const skip = readSkip(c.req.query('skip'));
    return show(c, visit, { title: 'Strays', place: '/strays' }, async ({ viewer }) => {
      const { strays, more } = await readModel.ask(() => readStrays(pool, skip));
      return html`<h1>Strays</h1>
<p class="lead">Records on our topics that are no event of ours: foreign, forged or broken.</p>
${
  strays.length === 0
    ? html`<p class="none">There are none.</p>`
    : tableOf(
        ['Seen', 'Where', { name: 'What is wrong', kind: 'cause' }, number('Bytes'), { name: 'Content', kind: 'data' }],
        strays.map(({ topic, partition, offset, seenAt, cause, size, key, headers, value }) => ({
          id: `s-${topic}-${partition}-${offset}`,
          cells: [
            time(seenAt),
            `${topic}/${partition}@${offset}`,
            cause,
            size,
            html`<details><summary>look</summary><p>Key</p><pre>${bytesFor(viewer, key)}</pre><p>Headers</p><pre>${bytesFor(viewer, headers)}</pre>
<p>Value${value && value.length < size && ` (only the first ${value.length} bytes are kept)`}</p><pre>${bytesFor(viewer, value)}</pre></details>`,
          ],
        })),
        'Strays, the latest first',
      )
}
<nav class="pages" aria-label="Pages">${skip > 0 && html`<a href="/strays">« Newest</a>`}${more && html`<a href="/strays?skip=${skip + strays.length}">Older »</a>`}</nav>`;
    });
  },
});

const readSkip = (text = '0'): number => {
  if (!/^\d{1,5}$/.test(text)) throw new Refusal(400, 'skip must be a whole number below 100000');
  return Number(text);
};
