import type { Pool } from '@quadrille/db/connect';
import { html } from '@quadrille/process/html';
import { readUnrecognized, unrecognizedFields } from '../read/unrecognized.ts';
import { readFields } from '../web/fields.ts';
import { bytesFor } from '../web/payload.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { time } from '../web/words.ts';
import { number, pager, tableOf } from './parts.ts';

export const unrecognizedPage = (pool: Pool, { readModel }: Pick<Sources, 'readModel'>, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/unrecognized',
  needs: 'reader',
  handle: (c, visit) => {
    const query = c.req.query();
    const { before } = readFields(query, unrecognizedFields);
    return show(c, visit, { title: 'Unrecognized records', place: '/unrecognized' }, async ({ viewer }) => {
      const { items: unrecognized, next } = await readModel.ask(() => readUnrecognized(pool, before));
      return html`<h1>Unrecognized records</h1>
<p class="lead">Records on our topics that are no event of ours: foreign, forged or broken.</p>
${
  unrecognized.length === 0
    ? html`<p class="none">There are none.</p>`
    : tableOf(
        ['Seen', 'Where', { name: 'What is wrong', kind: 'cause' }, number('Bytes'), { name: 'Content', kind: 'data' }],
        unrecognized.map(({ topic, partition, offset, seenAt, cause, size, key, headers, value }) => ({
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
        'Unrecognized records, the latest first',
      )
}
${pager('/unrecognized', query, next)}`;
    });
  },
});
