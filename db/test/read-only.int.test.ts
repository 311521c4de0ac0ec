import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setGlobals } from '../../test/support/globals.ts';
import { startNetwork } from '../../test/support/network.ts';
import { mysqlUrl, type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { until } from '../../test/support/until.ts';
import { connect, type Pool, query } from '../connect.ts';
import { isOfDatabase, isReadOnly, isRefusal, isUnavailable } from '../errors.ts';
import { asAdmin, grantService } from '../grants.ts';
import { insertInbox } from '../inbox.ts';
import { createWriteCheck } from '../readiness.ts';
import { inbox } from '../tables.ts';
import { transact } from '../transaction.ts';

describe('C1: a database that takes no writes for a while', () => {
  const user = { user: `scratch_${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('base64url') };
  let scratch: Scratch;
  const open: Pool[] = [];
  let restore: (() => Promise<void>) | null = null;
  const readOnlyBy = async (variable: string) => {
    restore = await setGlobals({ [variable]: 1 });
  };
  const writableAgain = async () => {
    await restore?.();
    restore = null;
  };
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    await asAdmin(mysqlUrl(), (admin) => grantService(admin, scratch.database, user));
  });
  afterEach(async () => {
    await writableAgain();
    for (const pool of open.splice(0)) await pool.end();
  });
  afterAll(async () => {
    await asAdmin(mysqlUrl(), (admin) => admin.query("DROP USER IF EXISTS ?@'%'", [user.user]));
    await scratch?.drop();
  });

  /** A service's rights: an administrator may write all the same. @param port of a way to the server that can be cut */
  const newPool = (port = new URL(scratch.url).port) => {
    const url = new URL(scratch.url);
    Object.assign(url, { username: user.user, password: user.password, port });
    const pool = connect(url.toString(), 4);
    open.push(pool);
    return pool;
  };
  const write = (pool: Pool) => transact(pool, (tx) => insertInbox(tx, [randomUUID()], new Date()));
  /** Makes the pool open as many sessions as it may. */
  const openAll = (pool: Pool) => Promise.all(Array.from({ length: 4 }, () => pool.query('SELECT SLEEP(0.05)')));

  it('C1: sessions that were opened while the server was read-only are not used again once it is not', async () => {
    await readOnlyBy('transaction_read_only');
    const pool = newPool();
    await openAll(pool);
    await expect(write(pool)).rejects.toMatchObject({ errno: 1792 });
    await openAll(pool);
    await writableAgain();
    // The very first goes through, and so do all others, whichever session they get.
    await write(pool);
    await Promise.all(Array.from({ length: 12 }, () => write(pool)));
    await Promise.all(Array.from({ length: 12 }, () => pool.query('DELETE FROM inbox')));
  });

  it.each(['read_only', 'transaction_read_only'])(
    'C1: %s is a state of the server, which heals by waiting',
    async (variable) => {
      await readOnlyBy(variable);
      const pool = newPool();
      const error = await write(pool).catch((caught: unknown) => caught);
      const verdicts = {
        readOnly: isReadOnly(error),
        away: isUnavailable(error),
        refused: isRefusal(error),
        ours: !isOfDatabase(error),
      };
      expect(verdicts).toEqual({ readOnly: true, away: true, refused: false, ours: false });
      await expect(createWriteCheck(pool)()).resolves.toBe('the database is read-only');
      await writableAgain();
      await write(pool);
      await expect(createWriteCheck(pool)()).resolves.toBeNull();
    },
  );

  it.each([1036, 1290, 1792, 1836, 3032, 3989])(
    'C1: error %i ends its session, and the work runs once more in a new one',
    async (errno) => {
      const sessions: unknown[] = [];
      const pool = newPool();
      await transact(pool, async (tx) => {
        const [rows] = await tx.query('SELECT CONNECTION_ID() AS id');
        sessions.push((rows as unknown as { id: number }[])[0]?.id);
        if (sessions.length === 1) await tx.query(`SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}`);
      });
      expect(new Set(sessions).size).toBe(2);
      const work = transact(pool, (tx) => tx.query(`SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}`));
      await expect(work).rejects.toMatchObject({ errno });
    },
  );

  it('C1: what the query builder wraps is known for what it is', async () => {
    const pool = newPool();
    const port = await startNetwork({ host: '127.0.0.1', port: Number(new URL(scratch.url).port) });
    const away = newPool(String(port.port));
    await away.query('SELECT 1');
    await port.close();
    const lost = await query(away)
      .select()
      .from(inbox)
      .catch((caught: unknown) => caught);
    expect(isUnavailable(lost)).toBe(true);
    await readOnlyBy('transaction_read_only');
    const refused = await query(newPool())
      .delete(inbox)
      .catch((caught: unknown) => caught);
    expect(isReadOnly(refused)).toBe(true);
    await writableAgain();
    await query(pool).delete(inbox);
  });

  it('C1: whether it takes writes is asked of it, and answered in time where it is silent or away', async () => {
    const network = await startNetwork({ host: '127.0.0.1', port: Number(new URL(scratch.url).port) });
    const pool = newPool(String(network.port));
    const check = createWriteCheck(pool);
    await expect(check()).resolves.toBeNull();
    network.goSilent();
    await until('it is found silent', async () => (await check()) === 'the database does not answer');
    network.recover();
    await until('it is found again', async () => (await check()) === null);
    await network.close();
    await until('it is away', async () => (await check()) === 'the database is away');
  });

  it('C1: a check asks at most once in a second, however many wait for it', async () => {
    let asked = 0;
    const pool = newPool();
    const counted = new Proxy(pool, {
      get: (target, name) => {
        if (name === 'getConnection') asked++;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const check = createWriteCheck(counted);
    await Promise.all(Array.from({ length: 100 }, check));
    expect(asked).toBe(1);
  });
});
