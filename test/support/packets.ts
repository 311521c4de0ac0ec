import { connect, type Pool } from '@quadrille/db/connect';
import { asAdmin } from '@quadrille/db/grants';
import { mysqlUrl } from './scratch.ts';

/** Has the server take statements of so many bytes while the work runs, on connections made then; the pool has one. */
export const withPackets = (url: string, bytes: number, work: (pool: Pool) => Promise<void>): Promise<void> =>
  asAdmin(mysqlUrl(), async (admin) => {
    const [[before]] = (await admin.query('SELECT @@GLOBAL.max_allowed_packet AS bytes')) as unknown as [
      { bytes: number }[],
    ];
    await admin.query(`SET GLOBAL max_allowed_packet = ${bytes}`);
    const pool = connect(url, 1);
    try {
      await work(pool);
    } finally {
      await admin.query(`SET GLOBAL max_allowed_packet = ${before?.bytes}`);
      await pool.end();
    }
  });
