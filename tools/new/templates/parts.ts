import type { ServicePlan } from '../plan.ts';

/** What the row of an order can say. */
export const statusesOf = ({ triggers, rejects, undoes }: ServicePlan): readonly string[] => [
  ...(triggers.length > 1 ? ['waiting'] : []),
  'done',
  ...(rejects ? ['rejected'] : []),
  ...(undoes ? ['undone', 'tombstone'] : []),
];

const meanings: Readonly<Record<string, string>> = {
  waiting: '`waiting`: not all events have come that the step needs.',
  tombstone: '`tombstone`: the order was cancelled before it was received, and must not be acted on any more.',
};

/** services/<name>/schema.ts */
export const schemaFile = (plan: ServicePlan): string => {
  const { name, triggers } = plan;
  const statuses = statusesOf(plan);
  const isJoin = triggers.length > 1;
  const explained = statuses.flatMap((status) => meanings[status] ?? []);
  return `import { utc, uuidText, word${isJoin ? ', words' : ''} } from '@quadrille/db/columns';
import { mysqlTable } from 'drizzle-orm/mysql-core';

/** Where an order stands in ${name.kebab}.${explained.map((line) => ` ${line}`).join('')} */
export type ${name.pascal}Status = ${statuses.map((status) => `'${status}'`).join(' | ')};

/** What ${name.kebab} keeps of each order. */
export const ${name.camel}Orders = mysqlTable('${name.kebab}_orders', {
  orderId: uuidText('order_id').primaryKey(),
${isJoin ? "  /** The types of the events that have come. */\n  seen: words('seen').notNull(),\n" : ''}  status: word('status', { length: 16 }).$type<${name.pascal}Status>().notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type ${name.pascal}Order = typeof ${name.camel}Orders.$inferSelect;
`;
};

/** services/<name>/store.ts */
export const storeFile = ({ name }: ServicePlan): string => `import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { decide, type ${name.pascal}State, type Received, subscribes } from './rules.ts';
import { ${name.camel}Orders } from './schema.ts';

export const ${name.camel}OrderRows = rowsOf(${name.camel}Orders, 'orderId');

export const ${name.camel}: Participant<${name.pascal}State, Received> = {
  name: '${name.kebab}',
  subscribes,
  state: { entry: { rows: ${name.camel}OrderRows, key: (orderId) => orderId } },
  decide,
  status: ({ entry }) => entry?.status,
};
`;

/** services/<name>/per-order.ts */
export const perOrderFile = ({
  name,
  undoes,
}: ServicePlan): string => `import type { PerOrder } from '@quadrille/participant/per-order';
import type { ${name.pascal}Order } from './schema.ts';
import { ${name.camel}OrderRows } from './store.ts';

/** What an order has in ${name.kebab}. */
export const perOrder: PerOrder<${name.pascal}Order> = {
  rows: ${name.camel}OrderRows,
  keeps: ({ status }) => status,
  facts: (row, { status, final }) =>
    row && final && status === 'paid' ? [['the step of ${name.kebab}', row.status, 'done']] : [],
  leftOver: ${undoes ? `({ status }) => (status === 'done' ? 'the step of ${name.kebab} is not undone' : null)` : '() => null'},
};
`;

/** services/<name>/service.ts */
export const manifestFile = ({
  name,
  http,
}: ServicePlan): string => `import { defineService } from '@quadrille/participant/definition';
import { perOrder } from './per-order.ts';
import { ${name.camel} } from './store.ts';

export const ${name.camel}Service = defineService({ name: '${name.kebab}', participant: () => ${name.camel}, perOrder${http ? ", api: 'public'" : ''} });
`;

/** services/<name>/main.ts */
export const mainFile = ({ name, http }: ServicePlan): string =>
  http
    ? `import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import { ${name.camel} } from './store.ts';

runService('${name.kebab}', (deps) => ({ participant: ${name.camel}, start: () => createApi(deps) }));
`
    : `import { runService } from '@quadrille/participant/service';
import { ${name.camel} } from './store.ts';

runService('${name.kebab}', () => ({ participant: ${name.camel} }));
`;

/** services/<name>/api.ts */
export const apiFile = ({ name }: ServicePlan): string => `import { uuid } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { ${name.camel}OrderRows } from './store.ts';

/** The HTTP API of ${name.kebab}. The gateway hands it all calls of \`/api/v1/${name.kebab}/...\`, which no other service answers. */
export const createApi = ({ pool, log }: { pool: Pool; log: Log }): Hono => {
  const api = new Hono().basePath('/api/v1/${name.kebab}');
  api.onError(answerFailure(log));

  api.get('/orders/:orderId', async (c) => {
    const orderId = uuid.safeParse(c.req.param('orderId'));
    if (!orderId.success) return c.json({ error: 'wrong order id' }, 400);
    const [row] = await ${name.camel}OrderRows.read(pool, new Set([orderId.data]));
    return row ? c.json({ orderId: row.orderId, status: row.status }) : c.json({ error: 'unknown order' }, 404);
  });

  return api;
};
`;

/** services/<name>/drizzle.config.ts */
export const drizzleFile = (): string => `import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'mysql', schema: './schema.ts', out: './migrations' });
`;
