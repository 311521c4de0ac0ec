import { findSilentBinlog } from '@quadrille/db/binlog';
import { asAdmin } from '@quadrille/db/grants';
import { appendToOutbox } from '@quadrille/db/outbox';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { outboxRow } from '../../test/support/events.ts';
import { setGlobals } from '../../test/support/globals.ts';
import { silentLog } from '../../test/support/log.ts';
import { append, drained, type RunningRelay, recorder, startRelay } from '../../test/support/relays.ts';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { withoutTransaction } from '../../test/support/sent.ts';
import { until } from '../../test/support/until.ts';
import { createWakeUps, type DatabaseWakeUp, type WakeUps } from '../wake-up.ts';

describe('C4: a binlog that is read and does not tell of writes', () => {
  let scratch: Scratch;
  let isMariaDb: boolean;
  let wakeUps: WakeUps;
  let relay: RunningRelay | undefined;
  let restore: (() => Promise<void>) | null = null;
  beforeAll(async () => {
    const first = await scratchDatabase('pay');
    const [rows] = await first.pool.query('SELECT VERSION() AS version');
    isMariaDb = (rows as { version: string }[])[0]?.version.includes('MariaDB') ?? false;
    await first.drop();
  });
  beforeEach(async () => {
    scratch = await scratchDatabase('order');
  });
  afterEach(async () => {
    await relay?.stop();
    relay = undefined;
    wakeUps?.stop();
    await restore?.();
    restore = null;
    await scratch?.drop();
  });
  afterAll(() => restore?.());

  const { published, publisher, ids } = recorder();
  /** A relay on the real wake-up signal, and what it waits for and logs. */
  const start = async () => {
    published.length = 0;
    const [waits, warnings]: [number[], string[]] = [[], []];
    const log = silentLog();
    vi.spyOn(log, 'warn').mockImplementation((...said) => void warnings.push(JSON.stringify(said)));
    wakeUps = createWakeUps([scratch.url], silentLog());
    const real = wakeUps.of(scratch.url);
    await until('the binlog is read', async () => real.isListening());
    const wakeUp: DatabaseWakeUp = {
      ...real,
      wait: (ms) => {
        waits.push(ms);
        return real.wait(ms);
      },
    };
    relay = startRelay(scratch.pool, publisher, { wakeUp, log });
    await relay.is('leading');
    return { wakeUp, waits, warnings };
  };
  /** Past the binlog. */
  const appendUnheard = async () => {
    const row = outboxRow();
    await asAdmin(scratch.url, async (admin) => {
      await admin.query('SET SESSION sql_log_bin = 0');
      await appendToOutbox(withoutTransaction(admin), [row]);
    });
    return row.id;
  };
  const isPublished = (id: string | undefined) => until('it is published', async () => ids().includes(id ?? ''));

  it('C4: is noticed by what is found without a signal, said once, and polled fast until it tells of writes again', async () => {
    const { wakeUp, waits, warnings } = await start();
    // A single one says nothing yet.
    await isPublished(await appendUnheard());
    expect(wakeUp.isListening()).toBe(true);
    await until('it is taken for mute', async () => {
      await isPublished(await appendUnheard());
      return !wakeUp.isListening();
    });
    waits.length = 0;
    for (let more = 0; more < 3; more++) await isPublished(await appendUnheard());
    expect(Math.max(...waits)).toBeLessThanOrEqual(50);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('sql_log_bin');

    const [received] = await append(scratch, {});
    await isPublished(received);
    await until('it is read again', async () => wakeUp.isListening());
    waits.length = 0;
    await until('it waits for the signal again', async () => Math.max(...waits) === 1_000);
    expect(warnings).toHaveLength(1);
  });

  it('C4: compressed by the server, it either tells of writes all the same, or is polled fast from the beginning, with the setting named', async () => {
    restore = await setGlobals(
      isMariaDb ? { log_bin_compress: 1, log_bin_compress_min_len: 10 } : { binlog_transaction_compression: 1 },
    );
    // Only sessions of now are set so.
    await scratch.pool.end();
    const before = scratch;
    scratch = await scratchDatabase('order');
    const { wakeUp, waits, warnings } = await start();
    expect(wakeUp.isListening()).toBe(isMariaDb);
    waits.length = 0;
    const appended: string[] = [];
    for (let row = 0; row < 6; row++) {
      appended.push(...(await append(scratch, { payload: Buffer.alloc(2_000, 'x') })));
      await drained(scratch);
    }
    expect(ids()).toEqual(appended);
    expect(wakeUp.isListening()).toBe(isMariaDb);
    expect(warnings.map((line) => line.includes('binlog_transaction_compression'))).toEqual(isMariaDb ? [] : [true]);
    if (!isMariaDb) expect(Math.max(...waits)).toBeLessThanOrEqual(50);
    await asAdmin(scratch.url, (admin) => admin.query('DROP DATABASE ??', [before.database]));
  });

  it('C4: settings that make it so are named, and there are none on the servers that npm start and npm test bring up', async () => {
    expect(await findSilentBinlog(scratch.pool)).toEqual([]);
    restore = await setGlobals({ binlog_format: 'STATEMENT' });
    expect(await findSilentBinlog(scratch.pool)).toEqual(['binlog_format is STATEMENT, set it to ROW']);
  });
});
