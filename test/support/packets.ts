import { connect, type Pool } from '@quadrille/db/connect';
import { asAdmin } from '@quadrille/db/grants';
import { mysqlUrl } from './scratch.ts';

/** A pool of one connection that takes statements of so many bytes; the server is as before by then. */
export const withPackets = async (url: string, bytes: number, work: (pool: Pool) => Promise<void>): Promise<void> => {
  const pool = connect(url, 1);
  try {
    await asAdmin(mysqlUrl(), async (admin) => {
      const [[before]] = (await admin.query('SELECT @@GLOBAL.max_allowed_packet AS bytes')) as unknown as [
        { bytes: number }[],
      ];
      await admin.query(`SET GLOBAL max_allowed_packet = ${bytes}`);
      try {
        await pool.query('SELECT 1');
      } finally {
        await admin.query(`SET GLOBAL max_allowed_packet = ${before?.bytes}`);
      }
    });
    await work(pool);
  } finally {
    await pool.end();
  }
};
