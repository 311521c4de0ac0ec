import { describe, expect, it } from 'vitest';
import { events, partitionsPerTopic, topics } from '../catalogue.ts';

describe('the catalogue', () => {
  it('names each event once', () => {
    expect(new Set(events.map(({ type, version }) => `${type} ${version}`)).size).toBe(events.length);
  });

  it('keeps its permanent names: publisher, topic, type, version', () => {
    const lines = events.map(({ publisher, topic, type, version }) => `${publisher}: ${topic}: ${type} ${version}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'coupon: coupon-events: coupon-applied 2',
        'coupon: coupon-events: coupon-rejected 1',
        'coupon: coupon-events: coupon-released 1',
        'order: order-events: order-cancelled 1',
        'order: order-events: order-created 1',
        'pay: payment-events: payment-created 1',
        'pay: payment-events: payment-expired 1',
        'pay: payment-events: payment-failed 1',
        'pay: payment-events: payment-refunded 1',
        'pay: payment-events: payment-succeeded 1',
        'pay: payment-events: payment-voided 1',
        'stock: stock-events: stock-rejected 1',
        'stock: stock-events: stock-released 1',
        'stock: stock-events: stock-reserved 1',
      ]),
    );
  });

  it('keeps its topics and their partitions (R17)', () => {
    expect(topics).toEqual(expect.arrayContaining(['coupon-events', 'order-events', 'payment-events', 'stock-events']));
    expect(partitionsPerTopic).toBe(6);
  });

  it('gives each publisher one topic, and each topic one publisher', () => {
    const pairs = new Set(events.map(({ publisher, topic }) => `${publisher} ${topic}`));
    expect(pairs.size).toBe(topics.length);
    expect(new Set(events.map(({ publisher }) => publisher)).size).toBe(topics.length);
  });
});
