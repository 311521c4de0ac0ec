import { setTimeout as sleep } from 'node:timers/promises';
import { asAdmin } from '@quadrille/db/grants';

/** Asks until the server has done it: another fault may have it down. */
const forCertain = async (mysqlUrl: string, sql: string): Promise<void> => {
  for (;;) {
    try {
      return await asAdmin(mysqlUrl, async (admin) => void (await admin.query(sql)));
    } catch {
      await sleep(200);
    }
  }
};

/** As in a failover: nobody of ours can write meanwhile. */
export const makeReadOnly = async (mysqlUrl: string, ms: number): Promise<void> => {
  await forCertain(mysqlUrl, 'SET GLOBAL read_only = ON');
  await sleep(ms);
  await forCertain(mysqlUrl, 'SET GLOBAL read_only = OFF');
};

/** What a clock leaves behind that is set back by an hour: a lease that ends then. */
export const leaveLease = (mysqlUrl: string, database: string): Promise<void> =>
  forCertain(mysqlUrl, `UPDATE ${database}.relay_lease SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR`);
