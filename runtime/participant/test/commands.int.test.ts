import { randomUUID } from 'node:crypto';
import { InvalidEvent } from '@quadrille/contracts/event';
import { stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
import { mysqlStorage } from '@quadrille/db/storage';
import type { Received, StockState } from '@quadrille/services/stock/rules';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parkedOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { reservationsOf, saidOf, sizesOf, stockUp } from '../../../test/support/stock.ts';
import { applyCommands } from '../commands.ts';
import type { Decision } from '../decide.ts';
import type { Input } from '../input.ts';

describe('C10: commands', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 1_000));
  afterAll(() => scratch?.drop());

  const command = (decide: (orderId: string, now: Date) => Decision<StockState>): Input<StockState, Received> => {
    const correlationId = randomUUID();
    return {
      ...{ name: 'reserve', correlationId, traceparent: undefined, event: null, delivery: null },
      decide: (_state, now) => decide(correlationId, now),
    };
  };
  const reservation = (orderId: string, now: Date, productCount = 1) =>
    ({ orderId, productId: null, productCount, status: 'reserved', updatedAt: now }) as const;
  const good = () =>
    command((orderId, now) => ({
      state: { reservation: reservation(orderId, now) },
      emit: [stockReleased.of({ outcome: 'undone' })],
    }));
  const bad = () =>
    command((orderId, now) => ({
      state: { reservation: reservation(orderId, now) },
      emit: [
        stockReleased.of({ outcome: 'undone' }),
        stockReserved.of({ userId: 1, productId: 1, productCount: 1, amount: -500, couponId: 0 }),
      ],
    }));
  /** What no column holds, found by the database and not by the rule. */
  const unstorable = () =>
    command((orderId, now) => ({ state: { reservation: reservation(`${orderId}-too-long`, now) } }));

  it('C10: a command whose rule emits what its contract does not allow fails alone, and leaves nothing behind', async () => {
    const inputs = [good(), bad(), good(), unstorable(), good()];
    const committed: number[] = [];
    const outcomes = await applyCommands(
      { storage: mysqlStorage(scratch.pool), participant: stock },
      inputs,
      (_commands, { length }) => void committed.push(length),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'failed', 'applied', 'failed', 'applied']);
    const [, failed] = outcomes;
    const error = failed?.kind === 'failed' ? failed.error : undefined;
    expect(error).toBeInstanceOf(InvalidEvent);
    expect(String(error)).toContain('stock-reserved');
    expect(String(error)).toContain('amount (too_small)');
    expect(committed.reduce((sum, length) => sum + length, 0)).toBe(3);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 3 });
    const goodIds = [0, 2, 4].map((index) => inputs[index]?.correlationId);
    expect(Object.keys(await saidOf(scratch.pool)).sort()).toEqual(goodIds.sort());
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 0, outbox: 3 });
    expect(await parkedOf(scratch.pool)).toEqual([]);
  });
});
