import { type Account, accounts } from './schema.ts';

/** The user of the shop page. */
const rows: Account[] = [
  {
    ...{ userId: 1, status: 'active', name: 'Ada Demo', email: 'ada@example.org', address: '12 Mill Lane, Oldtown' },
    updatedAt: new Date('2026-01-01T00:00:00.000Z'),
  },
];

export const seed = { table: accounts, rows };
