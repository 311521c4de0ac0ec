import { asAdmin } from '@quadrille/db/grants';
import { readDepth } from '@quadrille/db/outbox-progress';
import { withDatabase } from '@quadrille/db/url';
import { openCluster } from '@quadrille/ops/cluster';
import { readOpsSettings } from '@quadrille/ops/settings';
import { verify } from '@quadrille/ops/verify/verify';
import { definitionOf, services } from '@quadrille/services';
import { databases, sideDatabases } from '@quadrille/services/databases';

/** Where services do not agree on a system at rest, one sentence each; empty: they agree. @param opsEnv of the running stack */
export const findInconsistencies = async (opsEnv: NodeJS.ProcessEnv): Promise<string[]> => {
  const cluster = openCluster(readOpsSettings(opsEnv));
  try {
    const { findings, moving, underWay } = await verify(cluster, { patience: 0, atRest: true });
    return [
      ...findings.map(({ kind, orderId, what }) => `${kind}: ${orderId ? `order ${orderId}: ` : ''}${what}`),
      ...(moving + underWay > 0 ? [`${moving} orders and ${underWay} events are still on their way`] : []),
    ];
  } finally {
    await cluster.close();
  }
};

/** Orders and money that are on their way. */
const unsettled: readonly (readonly [database: string, sql: string])[] = [
  [databases.order, "SELECT 1 FROM orders WHERE status <> 'awaiting-payment' AND finished_at IS NULL"],
  ...sideDatabases.map(({ database, open }): [string, string] => [database, open]),
  ...services.flatMap((service): [string, string][] => {
    const open = definitionOf(service).ownChecks?.open;
    return open ? [[databases[service], open]] : [];
  }),
];

/** Orders, money and events on their way: 0 means that nothing moves any more by itself. @param mysqlUrl of the administrator */
export const countUnsettled = async (mysqlUrl: string): Promise<number> => {
  const counts = unsettled.map(([database, sql]) =>
    asAdmin(withDatabase(mysqlUrl, database), async (admin) => {
      const [rows] = await admin.query(`SELECT COUNT(*) AS n FROM (${sql}) open`);
      return Number((rows as { n: number }[])[0]?.n);
    }),
  );
  const depths = asAdmin(mysqlUrl, (admin) =>
    Promise.all(services.map(async (service) => (await readDepth(admin, databases[service])).events)),
  );
  return [...(await Promise.all(counts)), ...(await depths)].reduce((sum, count) => sum + count, 0);
};
