import * as readModel from '@quadrille/console/schema';
import * as coupon from '@quadrille/coupon/schema';
import * as ops from '@quadrille/ops/schema';
import * as order from '@quadrille/order/schema';
import * as pay from '@quadrille/pay/schema';
import * as stock from '@quadrille/stock/schema';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { MySqlTable } from 'drizzle-orm/mysql-core';
import { describe, expect, it } from 'vitest';

const tables = [readModel, coupon, ops, order, pay, stock].flatMap((schema) =>
  Object.values(schema).filter((table): table is MySqlTable => is(table, MySqlTable)),
);
const dates = tables.flatMap((table) =>
  Object.values(getTableColumns(table))
    .filter((column) => /^(date|time)/.test(column.getSQLType()))
    .map((column) => ({ name: `${getTableName(table)}.${column.name}`, column })),
);

describe('C9: dates', () => {
  it.each(dates)('C9: $name is read as long ago where it is no date', ({ column }) => {
    for (const none of ['0000-00-00 00:00:00.000', '2031-00-00 00:00:00.000', new Date(Number.NaN)])
      expect(column.mapFromDriverValue(none)).toEqual(new Date(0));
    expect(column.mapFromDriverValue('2026-01-02 03:04:05.678')).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    expect(column.mapFromDriverValue(new Date(7))).toEqual(new Date(7));
  });

  it('C9: there are such columns', () => {
    expect(dates.length).toBeGreaterThan(20);
  });
});
