import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { mysqlUrl, type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { connect, type Pool } from '../connect.ts';
import { asAdmin, grantRelay, grantService, type User } from '../grants.ts';
import { acquireLease, releaseLease, renewLease } from '../lease.ts';
import { appendToOutbox } from '../outbox.ts';
import { readParkedOrders } from '../outbox-parked.ts';
import { findInserted, readUnpublished, recordProgress, takeUpProgress } from '../outbox-progress.ts';
import { advance } from '../progress.ts';
import { markProgress, purgeInbox, purgeOutbox } from '../retention.ts';
import { transact } from '../transaction.ts';

const newUser = (): User => ({
  user: `scratch_${randomBytes(6).toString('hex')}`,
  // All that needs escaping in a statement or in a URL.
  password: `p'"\\@:/?#%&${randomBytes(6).toString('hex')}`,
});
const denied = {
  code: expect.stringMatching(/^ER_(TABLEACCESS|DBACCESS|SPECIFIC_ACCESS|ACCESS)_DENIED|^ER_COLUMNACCESS/),
};

describe('rights (S13)', () => {
  const [service, relay] = [newUser(), newUser()];
  let [stock, pay]: (Scratch | undefined)[] = [];
  const pools: Pool[] = [];
  let asService: Pool;
  let asRelay: Pool;

  const poolOf = (scratch: Scratch, { user, password }: User): Pool => {
    const url = new URL(scratch.url);
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
    const pool = connect(url.toString(), 2);
    pools.push(pool);
    return pool;
  };

  beforeAll(async () => {
    stock = await scratchDatabase('stock');
    pay = await scratchDatabase('pay');
    const [own, other] = [stock, pay];
    await asAdmin(mysqlUrl(), async (admin) => {
      await grantService(admin, own.database, service);
      await grantRelay(admin, [own.database, other.database], relay);
    });
    asService = poolOf(own, service);
    asRelay = poolOf(own, relay);
  });
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await asAdmin(mysqlUrl(), async (admin) => {
      for (const { user } of [service, relay]) await admin.query("DROP USER IF EXISTS ?@'%'", [user]);
    });
    await stock?.drop();
    await pay?.drop();
  });

  it('a service reads and writes the rows of its own database', async () => {
    await asService.query('INSERT INTO products VALUES (1, 1, 1, 0, 0)');
    await asService.query('UPDATE products SET available = 2');
    expect((await asService.query('SELECT available FROM products FOR UPDATE'))[0]).toEqual([{ available: 2 }]);
    await asService.query('DELETE FROM products');
    await transact(asService, (tx) => appendToOutbox(tx, [outboxRow()]));
    await asService.query('DELETE FROM outbox');
  });

  it.each([
    ['read another database', () => `SELECT * FROM \`${pay?.database}\`.payments`],
    ['write to another outbox', () => `DELETE FROM \`${pay?.database}\`.outbox`],
    ['read the accounts of the server', () => 'SELECT * FROM mysql.user'],
    ['create a table', () => 'CREATE TABLE mine (id INT)'],
    ['change a table', () => 'ALTER TABLE products ADD COLUMN mine INT'],
    ['drop a table', () => 'DROP TABLE products'],
    ['empty a table past its rows', () => 'TRUNCATE TABLE products'],
    ['create a database', () => 'CREATE DATABASE scratch_of_a_service'],
    ['create a user', () => "CREATE USER 'scratch_of_a_service'@'%'"],
    ['pass its rights on', () => `GRANT SELECT ON \`${stock?.database}\`.* TO ?@'%'`],
    ['change a setting of the server', () => 'SET GLOBAL innodb_lock_wait_timeout = 1'],
  ])('a service cannot %s', async (_, sql) => {
    await expect(asService.query(sql(), [service.user])).rejects.toMatchObject(denied);
  });

  it('a service cannot read a database whose name matches its own as a pattern', async () => {
    // `_` in a grant stands for any character, unless it is escaped.
    const [, lookalike] = [stock?.database, stock?.database.replaceAll('_', 'x')];
    await asAdmin(mysqlUrl(), async (admin) => {
      await admin.query('CREATE DATABASE ??', [lookalike]);
      await admin.query('CREATE TABLE ??.secrets (id INT)', [lookalike]);
    });
    try {
      await expect(asService.query('SELECT * FROM ??.secrets', [lookalike])).rejects.toMatchObject(denied);
    } finally {
      await asAdmin(mysqlUrl(), (admin) => admin.query('DROP DATABASE ??', [lookalike]));
    }
  });

  it('the relay does its work with its rights', async () => {
    await transact(asService, (tx) => appendToOutbox(tx, [outboxRow(), outboxRow()]));
    const lease = await acquireLease(asRelay, 'relay', 600_000);
    if (!lease) throw new Error('nobody else can hold it');
    expect(await renewLease(asRelay, lease, 600_000)).toBe(true);
    const progress = await takeUpProgress(asRelay, lease);
    const rows = await readUnpublished(asRelay, progress, 10);
    expect(rows).toHaveLength(2);
    const seqs = rows.map((row) => row.seq);
    const [first, ...others] = rows.map(({ seq, correlationId }) => ({ seq, correlationId, cause: 'too large' }));
    expect(others).toHaveLength(1);
    const done = advance(progress, seqs);
    expect(await recordProgress(asRelay, lease, done, first ? [first] : [])).toBe(true);
    expect((await readParkedOrders(asRelay)).size).toBe(1);
    expect(await findInserted(asRelay, [{ from: 1, to: 1_000 }])).toEqual(seqs);
    await markProgress(asRelay, lease, done, 1_000);
    await purgeOutbox(asRelay, 0);
    await purgeInbox(asRelay, 0);
    await releaseLease(asRelay, lease);
    expect((await asRelay.query('SHOW BINARY LOGS'))[0]).not.toHaveLength(0);
  });

  it.each([
    ['read a business table', () => 'SELECT * FROM products'],
    ['write an inbox', () => "INSERT INTO inbox VALUES ('an id', NOW(3))"],
    ['read what was parked on arrival', () => 'SELECT * FROM parked'],
    ['write an event', () => 'INSERT INTO outbox (id) VALUES (1)'],
    ['change an event', () => 'UPDATE outbox SET type = 1'],
    ['delete a lease', () => 'DELETE FROM relay_lease'],
    ['read the payments', () => `SELECT * FROM \`${pay?.database}\`.payments`],
    ['create a table', () => 'CREATE TABLE mine (id INT)'],
  ])('the relay cannot %s', async (_, sql) => {
    await expect(asRelay.query(sql())).rejects.toMatchObject(denied);
  });

  it('granting again is no error, and gives the user a new password', async () => {
    const again = { ...service, password: 'another' };
    await asAdmin(mysqlUrl(), (admin) => grantService(admin, stock?.database ?? '', again));
    const renewed = poolOf(stock as Scratch, again);
    expect((await renewed.query('SELECT COUNT(*) AS n FROM products'))[0]).toEqual([{ n: 0 }]);
    await expect(poolOf(stock as Scratch, service).query('SELECT 1')).rejects.toMatchObject({
      code: 'ER_ACCESS_DENIED_ERROR',
    });
  });
});
