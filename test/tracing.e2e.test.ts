import { randomUUID } from 'node:crypto';
import { services } from '@quadrille/services';
import { sagaProcesses } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, type ReceivedSpan, startCollector } from './support/collector.ts';
import { payOrder } from './support/pay.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const body = { userId: 7, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

describe('traces', () => {
  let collector: Collector;
  let system: System;
  beforeAll(async () => {
    collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '1' };
    system = await startSystem({ env });
  });
  afterAll(async () => {
    await system?.stop();
    await collector?.close();
  });

  /** Submits with a trace context, and pays. @returns the order's id, once it is paid */
  const payWith = async (traceparent: string): Promise<string> => {
    const submitted = await system.call<{ orderId: string }>('POST', '/api/v1/orders', body, { traceparent });
    const { orderId } = submitted.body;
    const { payment } = await system.orderWhen(orderId, 'awaiting-payment');
    await payOrder(system.stack.urls.gateway, payment?.paymentId ?? '');
    await system.orderWhen(orderId, 'paid');
    await system.settled();
    return orderId;
  };
  const newTraceId = () => randomUUID().replaceAll('-', '');
  const ofTrace = (traceId: string): ReceivedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
  const count = (spans: readonly ReceivedSpan[], verb: string) =>
    spans
      .filter(({ name }) => name.startsWith(`${verb} `))
      .map(({ attributes }) => attributes['messaging.message.id'])
      .sort();

  it('an order is one trace from the gateway to paid, with spans of all processes, each below one that is there', async () => {
    const traceId = newTraceId();
    const caller = '00f067aa0ba902b7';
    const orderId = await payWith(`00-${traceId}-${caller}-01`);
    const stored = await Promise.all(
      services.map((name) =>
        system.rows<{ id: string; traceparent: string }>(
          `SELECT id, traceparent FROM eshop_${name}.outbox WHERE correlation_id = '${orderId}'`,
        ),
      ),
    );
    const events = stored.flat();
    expect(events.map(({ traceparent }) => traceparent.slice(3, 35))).toEqual(events.map(() => traceId));
    await until('each event is created, sent and processed', async () => {
      const spans = ofTrace(traceId);
      const ids = events.map(({ id }) => id).sort();
      const processed = new Set(count(spans, 'process'));
      return (
        count(spans, 'create').join() === ids.join() && count(spans, 'send').join() === ids.join() && processed.size > 0
      );
    });
    // The process of an event that has only just been applied may still hold its span.
    const received = await until('all processes', async () => {
      const names = new Set(ofTrace(traceId).map(({ service }) => service));
      return sagaProcesses.every((name) => names.has(name)) && names;
    });
    expect([...received].sort()).toEqual([...sagaProcesses].sort());

    const spans = ofTrace(traceId);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(spans.length);
    expect(spans.filter(({ parentId }) => !ids.has(parentId))).toMatchObject([
      { service: 'gateway', name: 'POST /api/v1/orders', parentId: caller },
    ]);
    // What an event carries is the span that stored it.
    const created = spans.filter(({ name }) => name.startsWith('create '));
    expect(created.map(({ spanId }) => spanId).sort()).toEqual(
      events.map(({ traceparent }) => traceparent.slice(36, 52)).sort(),
    );
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
    const atOrder = created.concat(spans.filter(({ name }) => name.startsWith('process ')));
    expect(new Set(atOrder.map(({ attributes }) => attributes['quadrille.order.id']))).toEqual(new Set([orderId]));
  });

  it('batches are linked with their events, and the payment of the provider with the call that told of it', async () => {
    const traceId = newTraceId();
    await payWith(`00-${traceId}-00f067aa0ba902b7-01`);
    const linked = (name: string) => async () =>
      collector.spans.find((span) => span.name === name && span.links.some((link) => link.startsWith(traceId)));
    await until('the batch of the relay', linked('send batch'));
    await until('the transaction', linked('transaction'));
    const charged = await until('the command of the webhook', async () =>
      ofTrace(traceId).find(({ name }) => name === 'charge-succeeded'),
    );
    await until('its call', async () =>
      collector.spans.find(
        ({ service, attributes, traceId, spanId }) =>
          service === 'pay' && attributes['url.path'] === '/webhook' && charged.links.includes(`${traceId}/${spanId}`),
      ),
    );
  });

  it('an order whose caller does not sample has no span, also where others have', async () => {
    const unsampled = newTraceId();
    const orderId = await payWith(`00-${unsampled}-00f067aa0ba902b7-00`);
    const later = newTraceId();
    await payWith(`00-${later}-00f067aa0ba902b7-01`);
    await until('the one after it', async () => {
      const names = new Set(ofTrace(later).map(({ service }) => service));
      return sagaProcesses.every((name) => names.has(name));
    });
    expect(ofTrace(unsampled)).toEqual([]);
    const [stored] = await system.rows<{ traceparent: string }>(
      `SELECT traceparent FROM eshop_order.outbox WHERE correlation_id = '${orderId}' LIMIT 1`,
    );
    expect(stored?.traceparent).toMatch(new RegExp(`^00-${unsampled}-.*-00$`));
  });

  it('orders go on while the collector is away, and traces are exported again when it is back', async () => {
    await collector.close();
    for (let index = 0; index < 3; index++) await payWith(`00-${newTraceId()}-00f067aa0ba902b7-01`);
    const again = await startCollector(Number(new URL(collector.endpoint).port));
    const traceId = newTraceId();
    await payWith(`00-${traceId}-00f067aa0ba902b7-01`);
    await until('traces again', async () => again.spans.some((span) => span.traceId === traceId));
    await again.close();
  });
});
