import { describe, expect, it } from 'vitest';
import { readFilter, toQuery } from '../read/filters.ts';

const now = new Date('2026-05-04T12:00:00.000Z');
const read = (query: string, hidden: Parameters<typeof readFilter>[1] = []) =>
  readFilter(new URLSearchParams(query), hidden, now);

describe('a filter', () => {
  it('is read from a query, empty fields left out', () => {
    const { filter, errors } = read(
      'status=paid&user=7&product=&reason=coupon-used&from=15m&to=2026-05-04T11:59Z&id=0198C0DE-0000',
    );
    expect(errors).toEqual([]);
    expect(filter).toEqual({
      ...{ status: 'paid', user: 7, reason: 'coupon-used', id: '0198c0de-0000' },
      from: new Date('2026-05-04T11:45:00.000Z'),
      to: new Date('2026-05-04T11:59:00.000Z'),
    });
  });

  it.each([
    ['colour=red', 'colour', /is no filter: there are id, status, user/],
    ['status=lost', 'status', /must be one of submitted, /],
    ['user=1e3', 'user', /whole number/],
    ['user=-1', 'user', /whole number/],
    ['product=0', 'product', /whole number/],
    ['id=%25', 'id', /eight digits/],
    ['id=1', 'id', /eight digits/],
    ['before=1', 'before', /must be an order id/],
    ['reason=%3Cscript%3E', 'reason', /reason code/],
    ['from=yesterday', 'from', /"yesterday" is no time: write it as/],
    ['from=2026-02-31', 'from', /is no time/],
    ['from=5m&to=10m', 'to', /later than from/],
    ['user=1&user=2', 'user', /more than once/],
  ])('that says %s is refused with a sentence', (query, field, message) => {
    const { errors } = read(query);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.field).toBe(field);
    expect(errors[0]?.message).toMatch(message);
  });

  it('names every fault, and says again what was asked', () => {
    const { errors, given } = read('user=x&status=lost&product=2');
    expect(errors.map(({ field }) => field)).toEqual(['user', 'status']);
    expect(given).toEqual({ user: 'x', status: 'lost', product: '2' });
    expect(toQuery(given, { status: '', user: '3' })).toBe('?user=3&product=2');
  });

  it('does not tell a reader by its answers what it does not show them', () => {
    expect(read('user=7', ['user']).errors).toEqual([{ field: 'user', message: 'takes the role operator' }]);
    expect(read('user=7', ['user']).filter).toEqual({});
  });
});
