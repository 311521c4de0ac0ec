import { expect, it } from 'vitest';
import { CallRefused, guardCalls } from '../guarded-calls.ts';
import { metrics } from '../metrics.ts';

const silence = new Error('silence');
const guarded = (inARow: number | undefined, atOnce = 10) => {
  const lines: string[] = [];
  const say = (...line: unknown[]) => void lines.push(String(line[1]));
  const isSilence = (error: unknown) => error === silence;
  const log = { info: say, warn: say } as NonNullable<Parameters<typeof guardCalls>[0]['log']>;
  return { lines, guard: guardCalls({ to: 'shop', atOnce, inARow, isSilence, log }) };
};
const fail = (error: Error) => () => Promise.reject(error);
const state = async () => /breaker_state\{to="shop"\} (\d)/.exec(await metrics.metrics())?.[1];

it('R52: after silences in a row no call is made, until one is answered', async () => {
  const { guard, lines } = guarded(2);
  for (let call = 0; call < 2; call++) await expect(guard(fail(silence))).rejects.toBe(silence);
  expect(await state()).toBe('1');
  await expect(guard(async () => 'made')).rejects.toThrow(CallRefused);
  await expect.poll(() => guard(async () => 'made').catch(() => 'refused'), { timeout: 10_000 }).toBe('made');
  expect(await state()).toBe('0');
  expect(lines).toEqual(['shop does not answer: calls are refused until it does', 'shop answers again']);
});

it('counts no failure that came at once, and nothing when it is off', async () => {
  const other = new Error('refused');
  const { guard } = guarded(1);
  for (let call = 0; call < 3; call++) await expect(guard(fail(other))).rejects.toBe(other);
  const { guard: off } = guarded(undefined);
  for (let call = 0; call < 3; call++) await expect(off(fail(silence))).rejects.toBe(silence);
});

it('makes no more calls at once than it may', async () => {
  const { guard } = guarded(undefined, 1);
  const answer = Promise.withResolvers<string>();
  const first = guard(() => answer.promise);
  await expect(guard(async () => 'made')).rejects.toThrow(CallRefused);
  answer.resolve('done');
  expect(await first).toBe('done');
  expect(await guard(async () => 'made')).toBe('made');
});
