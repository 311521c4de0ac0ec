import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import type { Pool } from '../connect.ts';
import { checkDurability, findWeakDurability, WeakDurability } from '../durability.ts';

describe('durability (R47)', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('pay');
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(() => scratch?.drop());

  /** The real server's answer, with some settings changed: changing them on the server would change them for everybody. */
  const weakened = (changed: Record<string, string>): Pool =>
    ({
      query: async (sql: string) => {
        const [rows, fields] = await scratch.pool.query(sql);
        const found = rows as { Variable_name: string; Value: string }[];
        return [found.map((row) => ({ ...row, Value: changed[row.Variable_name] ?? row.Value })), fields];
      },
    }) as unknown as Pool;

  it('of the servers that npm start and npm test bring up is beyond doubt', async () => {
    expect(await findWeakDurability(scratch.pool)).toEqual([]);
    await checkDurability(scratch.pool, (weakness) => expect(weakness).toBe('never'));
  });

  it.each([
    ['innodb_flush_log_at_trx_commit', '0'],
    ['innodb_flush_log_at_trx_commit', '2'],
    ['innodb_doublewrite', 'OFF'],
    ['innodb_flush_method', 'nosync'],
  ])('%s = %s is weak: told everywhere, refused in production', async (name, value) => {
    const pool = weakened({ [name]: value });
    expect(await findWeakDurability(pool)).toEqual([expect.stringContaining(name)]);
    const told: string[] = [];
    await checkDurability(pool, (weakness) => void told.push(weakness));
    expect(told).toEqual([expect.stringContaining(name)]);
    vi.stubEnv('NODE_ENV', 'production');
    await expect(checkDurability(pool, () => {})).rejects.toThrow(WeakDurability);
  });

  it('sync_binlog = 0 is weak where there is a binlog', async () => {
    expect(await findWeakDurability(weakened({ sync_binlog: '0', log_bin: 'ON' }))).toHaveLength(1);
    expect(await findWeakDurability(weakened({ sync_binlog: '0', log_bin: 'OFF' }))).toEqual([]);
  });
});
