import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getTableColumns } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { inbox, outboxParked, parked, relayLease } from '../tables.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('C9: dates', () => {
  it.each([
    getTableColumns(inbox).takenAt,
    getTableColumns(parked).parkedAt,
    getTableColumns(outboxParked).decidedAt,
    getTableColumns(relayLease).expiresAt,
  ])('C9: $name is read as long ago where it is no date', (column) => {
    expect(column.getSQLType()).toBe('datetime(3)');
    for (const none of ['0000-00-00 00:00:00.000', '2031-00-00 00:00:00.000', new Date(Number.NaN)])
      expect(column.mapFromDriverValue(none)).toEqual(new Date(0));
    expect(column.mapFromDriverValue('2026-01-02 03:04:05.678')).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    expect(column.mapFromDriverValue(new Date(7))).toEqual(new Date(7));
  });

  it('C9: no table has a date of another kind', () => {
    const schemas = globSync(['{db/tables,{console,ops}/schema,services/*/schema}.ts'], { cwd: root });
    expect(schemas.length).toBeGreaterThanOrEqual(7);
    for (const schema of schemas)
      expect(readFileSync(`${root}${schema}`, 'utf8'), schema).not.toMatch(/\b(datetime|timestamp|date|time|year)\(/);
  });
});
