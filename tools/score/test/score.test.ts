import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { events } from '@quadrille/contracts/catalogue';
import { asyncApi } from '@quadrille/ops/score/async-api';
import { type Decision, edgesOf, score, scoreWith } from '@quadrille/ops/score/score';
import type { Decide } from '@quadrille/simulate/mutation';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';
import { check } from '../check.ts';
import { scoreFiles } from '../files.ts';
import { observe } from '../observe.ts';
import { descriptionsOf, placeOf } from '../places.ts';

/** Enough for every decision: the rarest comes once in some 300 runs. */
const runs = 400;
/** Enough for every rule to be asked. */
const few = 40;
const descriptions = descriptionsOf(events.map(({ type }) => type));

describe('the score', () => {
  it('is what is written, derived anew', { timeout: 300_000 }, async () => {
    const files = scoreFiles(scoreWith(await observe(runs), descriptions));
    for (const [file, content] of Object.entries(files))
      expect(readFileSync(join(root, file), 'utf8'), file).toBe(content);
  });

  it('knows a decision by what the rules did', () => {
    const of = (service: string, received: string | null) =>
      score.decisions.filter((each) => each.service === service && each.received === received);
    expect(of('stock', 'order-created').map(({ published }) => published)).toEqual([
      ['stock-rejected'],
      ['stock-reserved'],
    ]);
    expect(of('coupon', 'payment-succeeded').map(({ published }) => published)).toEqual([[]]);
    expect(of('order', null).map(({ published }) => published)).toEqual([['order-cancelled'], ['order-created']]);
    expect(edgesOf(score)).toContainEqual({ received: 'coupon-applied', service: 'pay', published: 'payment-created' });
  });

  it('misses the decisions of a rule that never takes any', { timeout: 300_000 }, async () => {
    // The status between is skipped: no promise is broken, and only the score tells.
    const ignore =
      (decide: Decide): Decide =>
      (state, event, now) =>
        (event as { readonly type: string }).type === 'stock-reserved' ? {} : decide(state, event, now);
    const decisions: readonly Decision[] = await observe(few, { rules: { order: ignore } });
    expect(check(scoreWith(decisions, descriptions), few).map(({ what }) => what)).toEqual([
      `In ${few} simulated runs order decided nothing about stock-reserved: its rule is never reached.`,
    ]);
  });

  it('describes each event in the words of its contract', () => {
    expect(score.events.filter(({ description }) => description === '')).toEqual([]);
    expect(descriptions['payment-expired']).toBe('Nobody paid in time.');
    expect(descriptions['order-created']).toBe("A customer's order was taken. couponId 0: none.");
  });

  it('finds the line of each event and of each rule', () => {
    const lineAt = ({ file, line }: { file: string; line: number }) =>
      readFileSync(join(root, file), 'utf8').split('\n')[line - 1];
    for (const { type } of score.events) expect(lineAt(placeOf({ event: type, service: null }))).toContain(`'${type}'`);
    expect(lineAt(placeOf({ event: 'order-created', service: 'stock' }))).toContain("case 'order-created'");
    expect(lineAt(placeOf({ event: 'stock-rejected', service: 'order' }))).toContain('subscribes');
  });
});

describe('docs/asyncapi.json', () => {
  it('is a valid AsyncAPI 3.0 document, with every event and every operation', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi(score)));
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    const names = document
      ?.allMessages()
      .all()
      .map((message) => message.name());
    expect(new Set(names)).toEqual(new Set(events.map(({ type }) => type)));
    const received = document?.operations().filterByReceive() ?? [];
    expect(received.length).toBe(score.services.flatMap(({ subscribes }) => subscribes).length);
    expect(document?.operations().filterBySend().length).toBe(score.events.length);
  });
});
