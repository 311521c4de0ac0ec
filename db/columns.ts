import { bigint, customType } from 'drizzle-orm/mysql-core';

/** A UUID as text: readable in any SQL client, compared byte by byte (`abc` is not `ABC`, R49). */
export const uuidText = customType<{ data: string }>({
  dataType: () => 'char(36) character set ascii collate ascii_bin',
});

/** A short word of ours (a type, a topic, a status): ASCII, compared byte by byte. */
export const word = customType<{ data: string; config: { length: number }; configRequired: true }>({
  dataType: ({ length }) => `varchar(${length}) character set ascii collate ascii_bin`,
});

/** The exact bytes of a message; text types would re-encode them. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'mediumblob' });

/**
 * A moment in UTC with milliseconds; the connection's time zone is UTC too (R33). What is no moment (`0000-00-00`, `2026-00-15`), which we
 * cannot write but others can, is read as the beginning of 1970: long ago, as the server takes it too when it compares (C9).
 */
export const utc = customType<{ data: Date; driverData: Date | string }>({
  dataType: () => 'datetime(3)',
  // The query builder has dates come as text.
  fromDriver: (value) => {
    const moment = typeof value === 'string' ? new Date(`${value.replace(' ', 'T')}Z`) : value;
    return Number.isNaN(moment.getTime()) ? new Date(0) : moment;
  },
});

/** An integer below 2^53: ids of the outside world, money in minor units. */
export const integer = (name: string) => bigint(name, { mode: 'number' });

/** A small set of our words, stored as `stock,coupon`. */
export const words = customType<{ data: readonly string[]; driverData: string }>({
  dataType: () => 'varchar(255) character set ascii collate ascii_bin',
  toDriver: (value) => value.join(','),
  fromDriver: (value) => (value === '' ? [] : value.split(',')),
});

/** Moments by a word of ours, stored as JSON: `{"stock-reserved":"2026-01-31T12:00:00.000Z"}`. */
export const moments = customType<{ data: Readonly<Record<string, Date>>; driverData: string }>({
  dataType: () => 'text character set ascii collate ascii_bin',
  // Sorted, so that equal values are equal texts.
  toDriver: (value) => JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))),
  fromDriver: (value) =>
    Object.fromEntries(
      Object.entries(JSON.parse(value) as Record<string, string>).map(([name, time]) => [name, new Date(time)]),
    ),
});
