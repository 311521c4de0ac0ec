import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { couponReleased } from '@quadrille/contracts/coupon-events';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import type { Live } from '@quadrille/ops/score/live';
import type { Trace } from '@quadrille/ops/trace';
import { processNames } from '@quadrille/stack/process-env';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, openTimeout, screenshot } from './support/browser.ts';
import { type Cli, cliOf } from './support/cli.ts';
import { received } from './support/events.ts';
import { silentLog } from './support/log.ts';
import { type System, startSystem } from './support/system.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 1 };

describe('the score, beside the running system', { timeout: 300_000 }, () => {
  let system: System;
  let cli: Cli;
  let browser: Browser;
  let publisher: Publisher;
  let orderId: string;
  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem({ processes: [...processNames] }), openBrowser()]);
    cli = cliOf(system.stack);
    const { brokers } = system.stack;
    publisher = createPublisher((connecting) => createClient(brokers, 'a foreign producer', silentLog(), connecting));
    orderId = await system.submit(order);
    await system.orderWhen(orderId, 'awaiting-payment');
    // The coupon is held by the first: this one is cancelled.
    await system.orderWhen(await system.submit(order), 'cancelled');
    await system.settled();
  }, openTimeout);
  afterAll(async () => {
    await publisher?.close();
    await browser?.close();
    await system?.stop();
  });

  const edgesOf = ({ edges }: Live, state: string) =>
    edges.filter((edge) => edge.state === state).map(({ received, published }) => `${received} ${published}`);
  const openScore = async () => {
    const page = await openPage(browser);
    page.setDefaultTimeout(120_000);
    await page.goto(new URL('/score', system.stack.urls.console).toString());
    await page.locator('.pulse[data-state="live"]').waitFor();
    return page;
  };

  it('knows all that happens, and tells what is silent', async () => {
    const live = await cli.json<Live>('score', '--live');
    expect(live.exitCode).toBe(0);
    expect(edgesOf(live, 'heard')).toEqual(
      expect.arrayContaining(['order-created stock-reserved', 'stock-reserved coupon-rejected', 'null order-created']),
    );
    expect(edgesOf(live, 'silent')).toContain('payment-failed stock-released');
    const page = await openScore();
    await page.getByText('nothing happened that the score does not know').waitFor();
    await page.locator('#edge-order-created-stock-reserved', { hasText: '2' }).waitFor();
    await screenshot(page, 'score-1', ['light', 'dark']);
  });

  it('shows within five seconds what a foreign producer plants, on the command line and in the console', async () => {
    const page = await openScore();
    const { events } = await cli.json<Trace>('trace', orderId);
    const causationId = events.find(({ type }) => type === 'order-created')?.id ?? null;
    const planted = { ...received(orderId, couponReleased.of({ outcome: 'nothing-to-undo' })), causationId };
    const { key, headers, value } = encodeEvent(planted, encodeData(planted.data));
    await publisher.publish([{ topic: planted.topic, key, headers, value }]);
    const plantedAt = performance.now();
    await page.locator('svg.wide-only .arc.unknown').waitFor({ state: 'attached' });
    expect(performance.now() - plantedAt).toBeLessThan(5_000);
    await page.locator('#edge-order-created-coupon-released', { hasText: '1, not in the score' }).waitFor();
    await screenshot(page, 'score-2-planted', ['light', 'dark']);

    const live = await cli.json<Live>('score', '--live');
    expect([live.exitCode, edgesOf(live, 'unknown')]).toEqual([1, ['order-created coupon-released']]);
    expect((await cli.run('score', '--live')).stdout).toContain('1 edge that the score does not know');
  });

  it('is served as an AsyncAPI document', async () => {
    const response = await fetch(new URL('/asyncapi.json', system.stack.urls.console));
    expect(await response.json()).toMatchObject({ asyncapi: '3.0.0', channels: { 'order-events': {} } });
  });
});
