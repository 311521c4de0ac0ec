import { randomBytes, randomUUID } from 'node:crypto';
import { asAdmin, grantRelay } from '@quadrille/db/grants';
import { acquireLease, releaseLease } from '@quadrille/db/lease';
import { appendToOutbox } from '@quadrille/db/outbox';
import { recordProgress } from '@quadrille/db/outbox-progress';
import { transact } from '@quadrille/db/transaction';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { silentLog } from '../../test/support/log.ts';
import { drained, recorder, startRelay } from '../../test/support/relays.ts';
import { mysqlUrl, type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { sent, withoutTransaction } from '../../test/support/sent.ts';
import { until } from '../../test/support/until.ts';
import { type BinlogListener, listenToBinlog } from '../binlog-listener.ts';
import { createWakeUps, type WakeUps } from '../wake-up.ts';

const minute = 60_000;

describe('the wake-up signal of the binlog (R10)', () => {
  const user = { user: `scratch_${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('base64url') };
  let one: Scratch;
  let other: Scratch;
  const open: (WakeUps | BinlogListener)[] = [];
  beforeAll(async () => {
    one = await scratchDatabase('order');
    other = await scratchDatabase('stock');
    await asAdmin(mysqlUrl(), (admin) => grantRelay(admin, [one.database, other.database], user));
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.stop();
  });
  afterAll(async () => {
    await asAdmin(mysqlUrl(), (admin) => admin.query("DROP USER IF EXISTS ?@'%'", [user.user]));
    await one?.drop();
    await other?.drop();
  });

  /** As the relay connects: with its own rights only. */
  const urlOf = (scratch: Scratch): string => {
    const url = new URL(scratch.url);
    url.username = user.user;
    url.password = user.password;
    return url.toString();
  };
  const write = ({ pool }: Scratch) => transact(pool, (tx) => appendToOutbox(tx, [outboxRow()]));
  const startBells = async () => {
    const wakeUps = createWakeUps([one, other].map(urlOf), silentLog());
    open.push(wakeUps);
    const [wakeUp, otherWakeUp] = [wakeUps.of(urlOf(one)), wakeUps.of(urlOf(other))];
    await until('the binlog is read', async () => wakeUp.isListening() && otherWakeUp.isListening());
    // Both signal once at the beginning: something may have been written before.
    expect(await wakeUp.wait(minute)).toBe(true);
    expect(await otherWakeUp.wait(minute)).toBe(true);
    return { wakeUp, otherWakeUp };
  };

  it('tells of a write to an outbox by another connection, and which database it was', async () => {
    const writes: string[] = [];
    let connected = false;
    const listener = {
      onWrite: (database: string) => void writes.push(database),
      onConnect: () => {
        connected = true;
      },
      onDisconnect: () => {},
    };
    open.push(listenToBinlog(urlOf(one), [one.database, other.database], listener, silentLog()));
    await until('it listens', async () => connected);
    await write(other);
    await until('it rings', async () => writes.length === 1);
    // Neither another table nor what is rolled back rings; the binlog keeps the order, so that the last write is told last.
    await one.pool.query("INSERT INTO inbox VALUES ('an id', NOW(3))");
    await transact(one.pool, async (tx) => {
      await appendToOutbox(tx, [outboxRow()]);
      await sent(tx);
      throw new Error('rolled back');
    }).catch(() => {});
    await write(one);
    await write(other);
    await until('it rings', async () => writes.length >= 3);
    expect(writes).toEqual([other.database, one.database, other.database]);
  });

  it('wakes who waits for that database, and nobody else', async () => {
    const { wakeUp, otherWakeUp } = await startBells();
    const waiting = wakeUp.wait(minute);
    await write(one);
    expect(await waiting).toBe(true);
    expect(await otherWakeUp.wait(1)).toBe(false);
  });

  it("the relay's own marks are no signal; the next write is", async () => {
    const { wakeUp, otherWakeUp } = await startBells();
    await write(one);
    expect(await wakeUp.wait(minute)).toBe(true);
    const lease = await acquireLease(one.pool, randomUUID(), 10 * minute);
    if (!lease) throw new Error('nobody else can hold it');
    expect(await recordProgress(one.pool, lease, { publishedTo: 1, missing: [] })).toBe(true);
    // A later write on the same server: when that is told, the mark has been.
    await write(other);
    expect(await otherWakeUp.wait(minute)).toBe(true);
    expect(await wakeUp.wait(1)).toBe(false);
    await write(one);
    expect(await wakeUp.wait(minute)).toBe(true);
    await releaseLease(one.pool, lease);
  });

  it('when the connection to the binlog breaks, it says so, comes back, and rings for what went unheard', async () => {
    const { wakeUp } = await startBells();
    await asAdmin(mysqlUrl(), async (admin) => {
      const [threads] = await admin.query('SELECT id FROM information_schema.processlist WHERE user = ?', [user.user]);
      for (const { id } of threads as { id: number }[]) await admin.query('KILL ?', [id]).catch(() => {});
    });
    await until('the binlog is not read', async () => !wakeUp.isListening());
    await write(one);
    await until('it is read again', async () => wakeUp.isListening());
    expect(await wakeUp.wait(minute)).toBe(true);
  });

  it('R48: binlogs that are rotated and purged are no matter: it rings on', async () => {
    const { wakeUp } = await startBells();
    await write(one);
    expect(await wakeUp.wait(minute)).toBe(true);
    await asAdmin(mysqlUrl(), async (admin) => {
      await admin.query('FLUSH BINARY LOGS');
      const [logs] = await admin.query('SHOW BINARY LOGS');
      await admin.query('PURGE BINARY LOGS TO ?', [(logs as { Log_name: string }[]).at(-1)?.Log_name]);
    });
    await write(one);
    expect(await wakeUp.wait(minute)).toBe(true);
  });

  it('R48: a reader that was away while the binlogs it had read were purged comes back, and rings', async () => {
    const { wakeUp } = await startBells();
    await asAdmin(mysqlUrl(), async (admin) => {
      const [threads] = await admin.query('SELECT id FROM information_schema.processlist WHERE user = ?', [user.user]);
      for (const { id } of threads as { id: number }[]) await admin.query('KILL ?', [id]).catch(() => {});
      await until('the binlog is not read', async () => !wakeUp.isListening());
      await write(one);
      await admin.query('FLUSH BINARY LOGS');
      const [logs] = await admin.query('SHOW BINARY LOGS');
      await admin.query('PURGE BINARY LOGS TO ?', [(logs as { Log_name: string }[]).at(-1)?.Log_name]);
    });
    expect(await wakeUp.wait(minute)).toBe(true);
  });

  it('what is written past the binlog gives no signal, and the relay finds it all the same', async () => {
    const { wakeUp } = await startBells();
    const { publisher, ids } = recorder();
    const relay = startRelay(one.pool, publisher, { wakeUp });
    await relay.is('leading');
    await drained(one);
    const row = outboxRow();
    await asAdmin(one.url, async (admin) => {
      await admin.query('SET SESSION sql_log_bin = 0');
      await appendToOutbox(withoutTransaction(admin), [row]);
    });
    await until('it is published', async () => ids().includes(row.id));
    expect(wakeUp.isListening()).toBe(true);
    await relay.stop();
  });

  it('a server that cannot be reached leaves it silent, without an end of the process', async () => {
    const url = new URL(urlOf(one));
    url.port = '1';
    const wakeUps = createWakeUps([url.toString()], silentLog());
    open.push(wakeUps);
    const wakeUp = wakeUps.of(url.toString());
    expect(await wakeUp.wait(100)).toBe(false);
    expect(wakeUp.isListening()).toBe(false);
  });
});
