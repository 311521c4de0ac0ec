import { randomBytes, randomUUID } from 'node:crypto';
import { candidatePort } from '@quadrille/stack/ports';
import { createServer, type Connection as ServerConnection } from 'mysql2';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setGlobals } from '../../test/support/globals.ts';
import { mysqlUrl, type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { connect, type Pool } from '../connect.ts';
import { isOfDatabase } from '../errors.ts';
import { asAdmin, grantService } from '../grants.ts';
import { type NewParkedEvent, park, readParked } from '../parked.ts';
import { transact } from '../transaction.ts';

/** What a header of a stranger may hold. In GBK the last byte of `₿` and a backslash are one character, and the quote stands alone. */
const hostile = [`1.0',42,20300101000000) -- `, "it's", `"quoted", 'quoted', \\' and \\`, `₿',42,20300101000000) -- `];

const parkedEvent = (cause: string): NewParkedEvent => ({
  eventId: randomUUID(),
  correlationId: randomUUID(),
  topic: 'order-events',
  partition: 0,
  offset: 7,
  key: Buffer.from('a key'),
  headers: Buffer.from('{}'),
  payload: null,
  cause,
  attempts: 1,
  parkedAt: new Date('2026-01-02T03:04:05.678Z'),
});

describe('B6: the session of every connection', () => {
  const user = { user: `scratch_${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('base64url') };
  let scratch: Scratch;
  const open: Pool[] = [];
  let restore = async () => {};
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    await asAdmin(mysqlUrl(), (admin) => grantService(admin, scratch.database, user));
  });
  afterEach(async () => {
    await restore();
    restore = async () => {};
    for (const pool of open.splice(0)) await pool.end();
  });
  afterAll(async () => {
    await asAdmin(mysqlUrl(), (admin) => admin.query("DROP USER IF EXISTS ?@'%'", [user.user]));
    await scratch?.drop();
  });

  const newPool = (url = scratch.url) => {
    const pool = connect(url, 2);
    open.push(pool);
    return pool;
  };
  /** With a service's rights only: `init_connect` is not run for an administrator. */
  const asService = () => {
    const url = new URL(scratch.url);
    url.username = user.user;
    url.password = user.password;
    return newPool(url.toString());
  };
  const parkAll = async (pool: Pool) => {
    const events = hostile.map(parkedEvent);
    await transact(pool, (tx) => park(tx, events));
    const found = await readParked(scratch.pool, { after: 0, limit: 100 });
    await scratch.pool.query('DELETE FROM parked');
    expect(found.map(({ seq: _, ...event }) => event)).toEqual(events);
  };

  it.each(['NO_BACKSLASH_ESCAPES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES', 'ANSI', ''])(
    'B6: on a server with sql_mode %j a value is a value, and never SQL',
    async (mode) => {
      restore = await setGlobals({ sql_mode: mode });
      await parkAll(newPool());
      await asAdmin(mysqlUrl(), async (admin) => {
        const [rows] = await admin.query('SELECT ? AS value', [hostile]);
        expect(Object.values((rows as Record<string, string>[])[0] ?? {})).toEqual(hostile);
      });
    },
  );

  it('B6: nor on a server that gives a session a character set in which a backslash is half a character', async () => {
    restore = await setGlobals({ init_connect: 'SET NAMES gbk' });
    await parkAll(asService());
  });

  it('B6: is strict, whatever the mode of the server: a value that does not fit is refused, not cut', async () => {
    restore = await setGlobals({ sql_mode: '' });
    const pool = newPool();
    await expect(transact(pool, (tx) => park(tx, [{ ...parkedEvent('x'), topic: 'x'.repeat(65) }]))).rejects.toThrow(
      /too long/,
    );
    await expect(
      pool.query("INSERT INTO inbox (event_id, taken_at) VALUES ('x', '0000-00-00 00:00:00')"),
    ).rejects.toThrow(/Incorrect datetime/i);
  });

  it('B6: is the same in every pool and in every connection of an administrator', async () => {
    const sql = `SELECT @@session.sql_mode AS mode, @@session.transaction_isolation AS isolation, @@session.time_zone AS zone,
      @@character_set_client AS charset`;
    const [[ofPool]] = await newPool().query<RowDataPacket[]>(sql);
    const ofAdmin = await asAdmin(mysqlUrl(), async (admin) => (await admin.query<RowDataPacket[]>(sql))[0][0]);
    expect(ofPool).toMatchObject({ isolation: 'READ-COMMITTED', zone: '+00:00', charset: 'utf8mb4' });
    expect(ofPool?.mode.split(',')).toEqual(expect.arrayContaining(['STRICT_TRANS_TABLES', 'NO_ZERO_DATE']));
    expect(ofAdmin).toEqual(ofPool);
  });

  it('B6: that could not be set is never used: who asked gets the error of the server, and nothing is sent', async () => {
    const received: string[] = [];
    let refusing = true;
    const server = createServer((connection: ServerConnection) => {
      connection.on('error', () => {});
      const answer = (sql: string) => {
        received.push(sql);
        if (refusing && sql.startsWith('SET SESSION')) connection.writeError({ message: 'not this one', code: 1231 });
        else connection.writeOk();
        // Each answer ends an exchange; the library leaves counting to us.
        connection.sequenceId = 0;
      };
      connection.on('query', answer);
      // So it calls each SET.
      connection.on('stmt_prepare', answer);
      connection.serverHandshake({
        ...{ protocolVersion: 10, serverVersion: '8.4.0', connectionId: 1, statusFlags: 2, characterSet: 45 },
        capabilityFlags: 0xffffff & ~0x00000800 & ~0x00000020,
        authCallback: (_: unknown, allow: (error: null, answer: null) => void) => {
          allow(null, null);
          connection.sequenceId = 0;
        },
      });
    });
    const port = await candidatePort();
    server.listen(port);
    const pool = newPool(`mysql://anybody:secret@127.0.0.1:${port}/any`);
    const asked = await Promise.allSettled([
      pool.query("INSERT INTO inbox VALUES ('x')"),
      transact(pool, (tx) => tx.query('DELETE FROM inbox')),
    ]);
    for (const each of asked) {
      expect(each).toMatchObject({ status: 'rejected', reason: { errno: 1231 } });
      expect(isOfDatabase((each as PromiseRejectedResult).reason)).toBe(true);
    }
    expect(received.filter((sql) => !sql.startsWith('SET SESSION'))).toEqual([]);
    refusing = false;
    await pool.query("INSERT INTO inbox VALUES ('y')");
    expect(received.at(-1)).toBe("INSERT INTO inbox VALUES ('y')");
    server.close(() => {});
  });
});
