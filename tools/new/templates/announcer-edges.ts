import type { AnnouncerPlan } from './announcer.ts';

/** services/<name>/api.ts */
export const announcerApiFile = ({ name }: AnnouncerPlan): string => `import { id } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import type { ${name.pascal}State } from './rules.ts';
import { announceCommand, ${name.camel}ItemRows } from './store.ts';

const itemIdInPath = z.coerce.number().pipe(id);

/**
 * The HTTP API of ${name.kebab}. The gateway hands it all calls of \`/api/v1/${name.kebab}/...\`, from anybody. Other paths are only for callers that have the
 * token of this system.
 */
export const createApi = ({
  pool,
  service,
  log,
}: {
  pool: Pool;
  service: Pick<RunningParticipant<${name.pascal}State>, 'execute'>;
  log: Log;
}): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  api.get('/api/v1/${name.kebab}/items/:itemId', async (c) => {
    const itemId = itemIdInPath.safeParse(c.req.param('itemId'));
    if (!itemId.success) return c.json({ error: 'wrong item id' }, 400);
    const [item] = await ${name.camel}ItemRows.read(pool, [itemId.data]);
    return item ? c.json(item) : c.json({ error: 'unknown item' }, 404);
  });

  api.post('/items/:itemId', async (c) => {
    const itemId = itemIdInPath.safeParse(c.req.param('itemId'));
    if (!itemId.success) return c.json({ error: 'wrong item id' }, 400);
    const { item } = await service.execute(announceCommand(itemId.data));
    return c.json(item);
  });

  return api;
};
`;

/** services/<name>/test/rules.test.ts */
export const announcerRulesTestFile = ({
  name,
  event,
}: AnnouncerPlan): string => `import { inWords, now, unlawful } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { announce } from '../rules.ts';

describe('${name.kebab}', () => {
  it.each([
    ['an item that is new', undefined, 1],
    ['an item that it has told of', { itemId: 7, revision: 4, updatedAt: new Date(0) }, 5],
  ])('tells of %s, under the next revision', (_, item, revision) => {
    const { state, emit = [] } = announce(7, { item }, now);
    expect(inWords(\`revision \${state?.item?.revision}\`, emit)).toBe(\`revision \${revision}, says ${event.kebab}\`);
    expect(emit[0]?.data).toEqual({ itemId: 7, revision });
    expect(unlawful('${name.kebab}', emit)).toEqual([]);
  });
});
`;

/** services/<name>/test/store.int.test.ts */
export const announcerStoreTestFile = ({
  name,
  event,
}: AnnouncerPlan): string => `import { subjectId } from '@quadrille/contracts/subject';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeOn } from '../../../test/support/application.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { saidOf } from '../../../test/support/stock.ts';
import { announceCommand, ${name.camel}, ${name.camel}ItemRows } from '../store.ts';

describe('${name.kebab} on a database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('${name.kebab}');
  });
  afterAll(() => scratch?.drop());

  it('tells of an item as often as it is asked to, all under the same id', async () => {
    const execute = executeOn(${name.camel}, scratch.pool);
    await execute(announceCommand(7));
    await execute(announceCommand(7));
    expect(await ${name.camel}ItemRows.read(scratch.pool, [7])).toMatchObject([{ itemId: 7, revision: 2 }]);
    expect(await saidOf(scratch.pool)).toEqual({ [subjectId('${name.kebab}', 7)]: ['${event.kebab}', '${event.kebab}'] });
  });
});
`;
