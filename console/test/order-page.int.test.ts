import { encodeEvent } from '@quadrille/contracts/cloudevents';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { select } from '@quadrille/ops/select';
import { forEachService, services } from '@quadrille/services';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { mixedRun } from '../../test/support/mixed-run.ts';
import { randomFrom } from '../../test/support/random.ts';
import { spyOn } from '../../test/support/spy-pool.ts';
import { project } from '../projection/batch.ts';
import { live } from '../projection/tables.ts';
import { as, consoleWith, loginAccess } from './app.ts';
import { scratchReadModel } from './scratch.ts';

const access = await loginAccess();

let test: TestCluster;
let model: Awaited<ReturnType<typeof scratchReadModel>>;
beforeAll(async () => {
  [test, model] = await Promise.all([startTestCluster(), scratchReadModel()]);
});
afterAll(() => Promise.all([test?.drop(), model?.drop()]));

/** What the console would have read from the topics. */
const published = async () => {
  const rows = await Promise.all(
    services.map((service) =>
      select<OutboxRow>(test.databases[service].pool, `SELECT ${outboxColumns('o')} FROM outbox o ORDER BY seq`),
    ),
  );
  return rows.flat().map((row) => {
    const { key, ...encoded } = encodeEvent(row, row.payload);
    return { ...encoded, key: Buffer.from(key), topic: row.topic, partition: 0, offset: String(row.seq) };
  });
};

it('the page of an order asks for it once: less than 15 statements', async () => {
  const [orderId = ''] = await mixedRun(test, randomFrom(3), 20);
  await project(model.pool, live, await published());
  const statements: string[] = [];
  const count = (sql: string) => void statements.push(sql);
  const { app } = await consoleWith(access, {
    pool: spyOn(model.pool, count),
    cluster: { ...test.cluster, read: forEachService((service) => spyOn(test.cluster.read[service], count)) },
  });
  const page = await app.request(`/orders/${orderId}`, { headers: as(access, 'operator') });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('order-created');
  expect(statements.length).toBeLessThan(15);
  // Each of them is about this order, in one of the databases.
  expect(statements.length).toBeGreaterThan(services.length);
});
