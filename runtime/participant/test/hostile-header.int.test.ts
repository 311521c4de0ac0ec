import { connect, type Pool } from '@quadrille/db/connect';
import { readParked } from '@quadrille/db/parked';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/support/events.ts';
import { setGlobals } from '../../../test/support/globals.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { created, reservationsOf, stockApp, stockUp } from '../../../test/support/stock.ts';
import { arrive } from '../arrival.ts';
import { applyForCertain } from '../resilient.ts';

describe('B6: a header of a stranger, on a server whose sql_mode takes backslashes for letters', () => {
  let scratch: Scratch;
  let pool: Pool;
  let restore = async () => {};
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    await stockUp(scratch.pool, 1, 100);
    restore = await setGlobals({ sql_mode: 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' });
    pool = connect(scratch.url, 2);
  });
  afterAll(async () => {
    await restore();
    await pool?.end();
    await scratch?.drop();
  });

  it('B6: is parked to the letter, whatever quotes it holds, and the sound event beside it takes effect', async () => {
    const hostile = [`1.0',42,20300101000000) -- `, "it's", `1.0\\', 42) -- \\`, `"1.0"`];
    const bad = hostile.map((version) => {
      const record = recordOf(created());
      return { ...record, headers: { ...record.headers, ce_specversion: version } };
    });
    const good = created();
    const app = stockApp(pool);
    const outcomes = await applyForCertain(
      app,
      [...bad, recordOf(good)].map((record) => arrive(stock, record)),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual([...hostile.map(() => 'parked'), 'applied']);
    const parked = await readParked(scratch.pool, { after: 0, limit: 100 });
    expect(parked.map(({ headers }) => JSON.parse(headers.toString()).ce_specversion)).toEqual(hostile);
    expect(parked.map(({ attempts }) => attempts)).toEqual(hostile.map(() => 1));
    for (const [index, version] of hostile.entries()) expect(parked[index]?.cause).toContain(version.slice(0, 3));
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
  });
});
